// Must not compile: the fields of a struct with a constructor are not seen.
// expect: a rule or initializer has no constructor
#include <attune/plugin.hpp>
using namespace attune;

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Mine() {}
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
