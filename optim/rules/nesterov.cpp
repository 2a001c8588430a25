// Nesterov's accelerated gradient, in the form whose parameters are the look-ahead point: the
// gradient is taken where it is needed, and no second evaluation is.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct Nesterov {
  static constexpr auto name = "nesterov";
  static constexpr auto cite =
      "Nesterov 1983; Sutskever et al., ICML 2013; this form: Bengio et al., arXiv:1212.0901";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Real beta{0.9, decay_range(0.5, 0.99), "what is kept of the velocity v"};

  template <class V>
  struct State {
    V v;
  };

  // v = beta v + g;  p -= lr (g + beta v)
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.v = beta * s.v + g;
      p -= lr * (g + beta * s.v);
    };
  }
};

}  // namespace

ATTUNE_PLUGIN(Nesterov)
