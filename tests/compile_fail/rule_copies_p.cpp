// Must not compile: the lambda would move a copy.
// expect: the lambda takes p and s by reference
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
