// Must not compile: the lambda would keep nothing.
// expect: the lambda takes p and s by reference
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  template <class V>
  struct State {
    V m;
  };
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto s) {
      s.m = 0.9 * s.m + g;
      p -= lr * s.m;
    };
  }
};
ATTUNE_PLUGIN(Mine)
