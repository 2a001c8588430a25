// Lion, the sample of an optimizer that is loaded at run time: sign of a mean of gradients, one
// state. A whole plugin; built out of the tree against the installed package by a test.
#include <attune/plugin.hpp>
using namespace attune;

struct Lion {
  static constexpr auto name = "lion";
  static constexpr auto cite = "Chen et al. 2023, arXiv:2302.06675, algorithm 2";
  Real lr{1e-4, log_range(1e-6, 1e-1), "step size: 3 to 10 times smaller than Adam's"};
  Real beta1{0.9, decay_range(0.5, 0.999), "weight of the mean in the sign"};
  Real beta2{0.99, decay_range(0.5, 0.9999), "decay of the mean"};
  Real weight_decay{0, log_range(1e-4, 10), "decoupled: 3 to 10 times larger than AdamW's"};

  template <class V>
  struct State {
    V m;
  };

  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      p -= lr * (sign(beta1 * s.m + (1 - beta1) * g) + weight_decay * p);
      s.m = beta2 * s.m + (1 - beta2) * g;
    };
  }
};

ATTUNE_PLUGIN(Lion)
