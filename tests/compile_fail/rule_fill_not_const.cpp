// Must not compile: fill is called on a constant.
// expect: an initializer has `void fill(Fill& f) const`
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  void fill(Fill&) {}
};
ATTUNE_PLUGIN(Mine)
