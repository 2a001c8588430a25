// Must not compile: a rule without a name.
// expect: static constexpr auto name
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
