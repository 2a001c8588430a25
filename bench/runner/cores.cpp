// Cores and what else is known of the machine, from the system.
#include "bench/runner/cores.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <string>

#include "core/kernels.hpp"

namespace bench {
namespace {

std::vector<int> cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> found;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &allowed)) found.push_back(core);
  return found;
}

// The value of "key : value" in /proc/cpuinfo.
std::string processor(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key + "\t")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "?";
}

}  // namespace

std::vector<int> last_cores(int count) {
  static const std::vector<int> all = cores();  // before any thread is held to some of them
  const auto few = std::min(all.size(), static_cast<std::size_t>(count));
  return {all.end() - static_cast<std::ptrdiff_t>(few), all.end()};
}

void hold_to(const std::vector<int>& some) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : some) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

int core_count() { return static_cast<int>(last_cores(CPU_SETSIZE).size()); }

std::string machine() {
  return fmt::format("{} (family {}, model {}), {} cores, {}", processor("model name"),
                     processor("cpu family"), processor("model"), core_count(),
                     attune::internal::available_isas().back());
}

double load() {
  double minute = 0;
  return getloadavg(&minute, 1) == 1 ? minute : 0;
}

}  // namespace bench
