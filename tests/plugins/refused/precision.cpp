// A plugin that narrows the x87 unit to single precision when it is loaded, as -mpc32 does.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

__attribute__((constructor)) void narrow() {
#if defined(__x86_64__)
  unsigned short word;
  asm volatile("fnstcw %0" : "=m"(word));
  word &= 0xFCFF;
  asm volatile("fldcw %0" : : "m"(word));
#endif
}

struct Narrow {
  static constexpr auto name = "narrow", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

}  // namespace

ATTUNE_PLUGIN(Narrow)
