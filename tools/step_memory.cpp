// Peaks between two readings of attune's own figures; the system's for the process.
#include "tools/step_memory.hpp"

#include <algorithm>
#include <attune/memory.hpp>
#include <cstdint>
#include <fmt/format.h>
#include <sys/resource.h>

namespace attune::tools {

void StepMemory::begin() { reset_peak_memory(); }

void StepMemory::end() {
  const MemoryFigures figures = memory_figures();
  used_ = std::max(used_, figures.peak_used);
  held_ = std::max(held_, figures.peak);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  constexpr std::size_t unit = 1;
#else
  constexpr std::size_t unit = 1024;
#endif
  resident_ = static_cast<std::size_t>(usage.ru_maxrss) * unit;
}

std::string StepMemory::text() const {
  const auto megabytes = [](std::size_t bytes) { return static_cast<double>(bytes) / 1e6; };
  return fmt::format(
      "memory        {:.1f} MB in use in a step at most, {:.1f} MB with free blocks; "
      "{:.1f} MB resident\n",
      megabytes(used_), megabytes(held_), megabytes(resident_));
}

Json::Object StepMemory::figures() const {
  const auto number = [](std::size_t bytes) { return Json(static_cast<std::int64_t>(bytes)); };
  return {{"used", number(used_)}, {"held", number(held_)}, {"resident", number(resident_)}};
}

}  // namespace attune::tools
