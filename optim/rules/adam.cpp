// Adam: steps of a size that adapts to each element's mean gradient and mean squared gradient.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct Adam {
  static constexpr auto name = "adam";
  static constexpr auto cite = "Kingma & Ba, ICLR 2015, arXiv:1412.6980, algorithm 1";
  Real lr{1e-3, log_range(1e-5, 1e-1), "step size"};
  Real beta1{0.9, decay_range(0.5, 0.99), "decay of the mean m of gradients"};
  Real beta2{0.999, decay_range(0.9, 0.9999), "decay of the mean v of squared gradients"};
  Real eps{1e-8, log_range(1e-12, 1e-3), "added to the root of v after its bias correction"};

  template <class V>
  struct State {
    V m, v;
  };

  // m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
  // p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), with root multiplied out as
  // at the end of the paper's section 2: one division less for each element
  auto at(const Step& step) const {
    const double root = std::sqrt(1 - std::pow(beta2, step.t));
    const double size = lr * root / (1 - std::pow(beta1, step.t)), floor = eps * root;
    return [*this, size, floor](auto& p, auto g, auto& s) {
      s.m = beta1 * s.m + (1 - beta1) * g;
      s.v = beta2 * s.v + (1 - beta2) * g * g;
      p -= size * s.m / (sqrt(s.v) + floor);
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(Adam)
