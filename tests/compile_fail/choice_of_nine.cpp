// Must not compile: nine choices.
// expect: a Choice has at most 8 names
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Choice mode{{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "which"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
