// Must not compile: at has no step.
// expect: a rule has `auto at(const Step&) const`, which returns a lambda
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at() const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
