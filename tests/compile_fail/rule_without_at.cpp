// Must not compile: a rule without its arithmetic, or an initializer whose fill is misspelt.
// expect: this struct has neither
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  void fil(Fill&) const {}
};
ATTUNE_PLUGIN(Mine)
