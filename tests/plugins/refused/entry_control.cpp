// A plugin that switches subnormal numbers off when it is asked for its table, after loading.
#include <attune/plugin.hpp>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
using namespace attune;

namespace {

struct Late {
  static constexpr auto name = "late", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const attune_plugin* attune_plugin_v0(
    const attune_host* host) {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
  return attune::internal::PluginTable<Late>::enter(host);
}
