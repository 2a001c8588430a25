// Must not compile: a private field is no option.
// expect: a rule or initializer has no constructor, no private field
#include <attune/plugin.hpp>
using namespace attune;

class Mine {
  Real lr{1e-2, log_range(1e-4, 1), "step size"};

 public:
  static constexpr auto name = "mine", cite = "none";
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
ATTUNE_PLUGIN(Mine)
