// RMSprop: the gradient over the root of its mean square; centred, over its standard deviation;
// with momentum, a sum of such steps. States of what is switched off are not kept.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct RmsProp {
  static constexpr auto name = "rmsprop";
  static constexpr auto cite =
      "Hinton, Neural Networks for Machine Learning, lecture 6e, 2012; centred: Graves, "
      "arXiv:1308.0850, equations 38-45";
  Real lr{1e-2, log_range(1e-5, 1e-1), "step size"};
  Real alpha{0.99, decay_range(0.9, 0.999), "decay of the means"};
  Real eps{1e-8, log_range(1e-12, 1e-3), "added to the root"};
  Real momentum{0, decay_range(0.5, 0.99), "weight of the sum b of steps, 0 for none"};
  Bool centered{false, "subtract the squared mean a of gradients from the mean square v"};

  template <class V>
  struct State {
    V v, a, b;
  };

  bool active(std::string_view state) const {
    return state == "v" || (state == "a" ? bool(centered) : momentum != 0);
  }

  // v = alpha v + (1 - alpha) g^2;  centred: a = alpha a + (1 - alpha) g and v - a^2 for v
  // d = g / (sqrt(v) + eps);  b = momentum b + d;  p -= lr b
  auto at(const Step&) const {
    const double take = centered ? 1 : 0;
    return [*this, take](auto& p, auto g, auto& s) {
      s.v = alpha * s.v + (1 - alpha) * g * g;
      s.a = take * (alpha * s.a + (1 - alpha) * g);
      s.b = momentum * s.b + g / (sqrt(max(0, s.v - s.a * s.a)) + eps);
      p -= lr * s.b;
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(RmsProp)
