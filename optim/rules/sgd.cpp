// Stochastic gradient descent with PyTorch's options. The momentum buffer b starts at the first
// gradient, undampened; without momentum it is not kept. Switched on after the first step it starts
// at 0, so that the gradient that enters it first is dampened like every other.
#include <attune/plugin.hpp>
#include <stdexcept>
using namespace attune;

namespace {

struct Sgd {
  static constexpr auto name = "sgd";
  static constexpr auto cite =
      "Robbins & Monro 1951; momentum: Polyak 1964; nesterov: Sutskever et al., ICML 2013";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Real momentum{0, decay_range(0.5, 0.99), "weight of the buffer b, 0 for none"};
  Real dampening{0, range(0, 1), "of the gradient that enters b, from the second step on"};
  Bool nesterov{false, "step along g + momentum b; needs momentum, takes no dampening"};

  template <class V>
  struct State {
    V b;
  };

  void validate() const {
    if (nesterov && momentum == 0) throw std::invalid_argument("nesterov needs momentum above 0");
    if (nesterov && dampening != 0) throw std::invalid_argument("nesterov takes no dampening");
  }

  bool active(std::string_view) const { return momentum != 0; }

  // b = momentum b + (1 - dampening) g, at first b = g;  p -= lr b, or lr (g + momentum b)
  auto at(const Step& step) const {
    const bool first = step.t == 1;
    const double keep = first ? 0.0 : momentum;
    const double take = first || momentum == 0 ? 1 : 1 - dampening;
    const double ahead = nesterov ? momentum : 1.0, direct = nesterov ? 1 : 0;
    return [*this, keep, take, ahead, direct](auto& p, auto g, auto& s) {
      s.b = keep * s.b + take * g;
      p -= lr * (direct * g + ahead * s.b);
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(Sgd)
