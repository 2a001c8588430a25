// Must not compile: a logarithm cannot be searched from 0 on.
// expect: attune: log_range(low, high) takes 0 < low < high
#include <attune/plugin.hpp>
using namespace attune;

struct FromZero {
  static constexpr auto name = "from_zero", cite = "none";
  Real lr{0.1, log_range(0, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

ATTUNE_PLUGIN(FromZero)
