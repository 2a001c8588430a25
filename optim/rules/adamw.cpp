// AdamW: Adam with weight decay outside the adaptive step. The rule owns `weight_decay`, as in the
// paper and in PyTorch (whose default 0.01 it has); the host's option of that name never reaches
// it.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct AdamW {
  static constexpr auto name = "adamw";
  static constexpr auto cite = "Loshchilov & Hutter, ICLR 2019, arXiv:1711.05101, algorithm 2";
  Real lr{1e-3, log_range(1e-5, 1e-1), "step size"};
  Real beta1{0.9, decay_range(0.5, 0.99), "decay of the mean m of gradients"};
  Real beta2{0.999, decay_range(0.9, 0.9999), "decay of the mean v of squared gradients"};
  Real eps{1e-8, log_range(1e-12, 1e-3), "added to the root of v after its bias correction"};
  Real weight_decay{1e-2, log_range(1e-4, 1), "decoupled: a step shrinks p by lr * weight_decay"};

  template <class V>
  struct State {
    V m, v;
  };

  // p *= 1 - lr weight_decay, then Adam's step (see adam.cpp) with the gradient as it is
  auto at(const Step& step) const {
    const double root = std::sqrt(1 - std::pow(beta2, step.t));
    const double size = lr * root / (1 - std::pow(beta1, step.t)), floor = eps * root;
    const double keep = 1 - lr * weight_decay;
    return [*this, size, floor, keep](auto& p, auto g, auto& s) {
      s.m = beta1 * s.m + (1 - beta1) * g;
      s.v = beta2 * s.v + (1 - beta2) * g * g;
      p = keep * p - size * s.m / (sqrt(s.v) + floor);
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(AdamW)
