// Who called: return addresses, and their file and line through libbacktrace where it was found.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <sys/auxv.h>

#include "autograd/anomaly.hpp"

#ifdef ATTUNE_HAVE_BACKTRACE
#include <backtrace.h>
#endif

namespace attune::internal {
namespace {

struct Frame {
  std::string function;  // as the linker knows it
  std::string file;
  int line = 0;
};

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : symbol;
}

// Functions that stand between attune and the code that called it: attune's own, also those that
// its headers put into the program, and the standard library's wrappers.
bool is_passed_over(const Frame& frame) {
  constexpr std::array<std::string_view, 3> names = {"6attune", "St", "3tbb"};
  if (frame.file.find("/include/attune/") != std::string::npos) return true;
  std::string_view name = frame.function;
  if (!name.starts_with("_Z")) return false;
  name.remove_prefix(2);
  while (!name.empty() && (name.front() == 'Z' || name.front() == 'N' || name.front() == 'K')) {
    name.remove_prefix(1);
  }
  for (std::string_view skipped : names) {
    if (name.starts_with(skipped)) return true;
  }
  return false;
}

// Where the library or program that holds an address begins; null when it is in none.
const void* module_of(std::uintptr_t address) {
  Dl_info info{};
  return ::dladdr(reinterpret_cast<void*>(address), &info) != 0 ? info.dli_fbase : nullptr;
}

#ifdef ATTUNE_HAVE_BACKTRACE

void ignore_error(void*, const char*, int) {}

// The functions at an address, the innermost of those inlined there first.
std::vector<Frame> frames_at(std::uintptr_t address) {
  static backtrace_state* const state = ::backtrace_create_state(nullptr, 1, ignore_error, nullptr);
  std::vector<Frame> frames;
  if (!state) return frames;
  ::backtrace_pcinfo(
      state, address,
      [](void* list, std::uintptr_t, const char* file, int line, const char* function) {
        if (file || function) {
          static_cast<std::vector<Frame>*>(list)->push_back(
              {function ? function : "", file ? file : "", line});
        }
        return 0;
      },
      ignore_error, &frames);
  // Sparse debug information (-g1) has bare names only: what is inlined then counts as part of the
  // function that the linker knows.
  const auto bare = [](const Frame& frame) { return !frame.function.starts_with("_Z"); };
  if (frames.empty() || std::ranges::any_of(frames, bare)) {
    std::string symbol;
    ::backtrace_syminfo(
        state, address,
        [](void* text, std::uintptr_t, const char* name, std::uintptr_t, std::uintptr_t) {
          if (name) *static_cast<std::string*>(text) = name;
        },
        ignore_error, &symbol);
    if (!symbol.empty() && frames.empty()) frames.push_back({symbol, "", 0});
    for (Frame& frame : frames) {
      if (!symbol.empty() && bare(frame)) frame.function = symbol;
    }
  }
  return frames;
}

#else

std::vector<Frame> frames_at(std::uintptr_t) { return {}; }

#endif

std::string describe(const Frame& frame) {
  const std::string function = demangled(frame.function);
  if (frame.file.empty()) {
    return fmt::format("{} (compile with -g to see file and line)", function);
  }
  return fmt::format("{}:{}{}{}", frame.file, frame.line, function.empty() ? "" : " in ", function);
}

}  // namespace

std::vector<void*> caller_frames() {
  std::vector<void*> frames(64);
  frames.resize(static_cast<std::size_t>(::backtrace(frames.data(), 64)));
  return frames;
}

std::string describe_caller(const std::vector<void*>& frames) {
  const void* const own = module_of(reinterpret_cast<std::uintptr_t>(&demangled));
  const bool in_program = own == module_of(::getauxval(AT_ENTRY));
  bool inside = false;  // a sanitizer stands between attune and backtrace()
  for (void* const returns_to : frames) {
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(returns_to) - 1;  // in the call
    Dl_info info{};
    const bool known = ::dladdr(reinterpret_cast<void*>(address), &info) != 0;
    inside = inside || info.dli_fbase == own;
    if (!inside || (!in_program && info.dli_fbase == own)) continue;
    std::vector<Frame> here = frames_at(address);
    if (here.empty() && known && info.dli_sname) here.push_back({info.dli_sname, "", 0});
    for (const Frame& frame : here) {
      if (!is_passed_over(frame)) return describe(frame);
    }
    if (here.empty() && known && info.dli_fname && info.dli_fbase) {
      const auto offset = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
      return fmt::format("{}+{:#x} (compile with -g to see file and line)", info.dli_fname, offset);
    }
  }
  return {};
}

}  // namespace attune::internal
