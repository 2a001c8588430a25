// Initializers whose variance follows from the number of inputs and outputs of a unit, so that
// signals keep their size from layer to layer.
#include <cmath>

#include "nn/built_in.hpp"

namespace attune {
namespace {

double fan_of(const Choice& mode, const Fill& f) {
  if (mode == "fan_in") return f.fan_in();
  if (mode == "fan_out") return f.fan_out();
  return (f.fan_in() + f.fan_out()) / 2;
}

// How an initializer's numbers lie around 0, of variance gain^2 share / fan.
struct Evenly {
  static constexpr auto xavier = "xavier_uniform", he = "he_uniform";
  static void fill(Fill& f, double gain, double share, double fan) {
    const double bound = gain * std::sqrt(3 * share / fan);  // U(-b, b) has the variance b^2 / 3
    f.each([&](std::int64_t i) { return bound * (2 * f.uniform(i) - 1); });
  }
};
struct Normally {
  static constexpr auto xavier = "xavier_normal", he = "he_normal";
  static void fill(Fill& f, double gain, double share, double fan) {
    const double std = gain * std::sqrt(share / fan);
    f.each([&](std::int64_t i) { return std * f.normal(i); });
  }
};

template <class Spread>
struct Xavier {
  static constexpr auto name = Spread::xavier;
  static constexpr auto cite =
      "variance gain^2 / fan; Glorot & Bengio 2010, AISTATS, equation 16 (uniform)";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_avg", "fan_in", "fan_out"}, "what the variance is kept for"};
  void fill(Fill& f) const { Spread::fill(f, gain, 1, fan_of(mode, f)); }
};

template <class Spread>
struct He {
  static constexpr auto name = Spread::he;
  static constexpr auto cite =
      "variance 2 gain^2 / ((1 + slope^2) fan); He et al. 2015, arXiv:1502.01852";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_in", "fan_out", "fan_avg"}, "what the variance is kept for"};
  Real slope{0, range(0, 1).valid(-1e6, 1e6), "of leaky_relu below 0"};
  void fill(Fill& f) const { Spread::fill(f, gain, 2, (1 + slope * slope) * fan_of(mode, f)); }
};

struct LecunNormal {
  static constexpr auto name = "lecun_normal";
  static constexpr auto cite =
      "variance gain^2 / fan; LeCun, Bottou, Orr & Mueller 1998, section 4.6";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_in", "fan_out", "fan_avg"}, "what the variance is kept for"};
  void fill(Fill& f) const {
    const double root = std::sqrt(fan_of(mode, f));
    f.each([&](std::int64_t i) { return gain * f.normal(i) / root; });
  }
};

[[maybe_unused]] const bool registered =
    internal::built_in<Xavier<Evenly>, Xavier<Normally>, He<Evenly>, He<Normally>, LecunNormal>();

}  // namespace
}  // namespace attune
