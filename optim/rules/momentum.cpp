// Classical momentum: the velocity v starts at 0. With `averaged` the gradient enters v by
// 1 - beta, so that v is a mean of gradients and lr keeps its scale when beta changes.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct Momentum {
  static constexpr auto name = "momentum";
  static constexpr auto cite =
      "Polyak 1964; averaged: exponentially weighted gradients, as courses teach momentum";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Real beta{0.9, decay_range(0.5, 0.99), "what is kept of the velocity v"};
  Bool averaged{false, "v is a mean of gradients instead of a sum"};

  template <class V>
  struct State {
    V v;
  };

  // v = beta v + g, averaged: beta v + (1 - beta) g;  p -= lr v
  auto at(const Step&) const {
    const double take = averaged ? 1 - beta : 1;
    return [*this, take](auto& p, auto g, auto& s) {
      s.v = beta * s.v + take * g;
      p -= lr * s.v;
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(Momentum)
