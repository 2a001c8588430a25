// Must not compile: saved scalars are doubles.
// expect: every field of Saved is a double
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  struct Saved {
    int steps = 0;
  };
  auto at(const Step&, Saved&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
