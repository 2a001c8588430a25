// A plugin as -ffast-math makes it: loading it switches subnormal numbers off for the whole
// process. The constructor does what some compilers' start-up files do, so that the test does not
// hang on which.
#include <attune/plugin.hpp>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
using namespace attune;

namespace {

[[gnu::constructor]] void flush_subnormals() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
}

struct FastMath {
  static constexpr auto name = "fast_math", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

}  // namespace

ATTUNE_PLUGIN(FastMath)
