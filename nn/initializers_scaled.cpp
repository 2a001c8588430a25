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

// The variance of U(-b, b) is b^2 / 3.
void fill_uniform(Fill& f, double bound) {
  f.each([&](std::int64_t i) { return bound * (2 * f.uniform(i) - 1); });
}
void fill_normal(Fill& f, double std) {
  f.each([&](std::int64_t i) { return std * f.normal(i); });
}

struct XavierUniform {
  static constexpr auto name = "xavier_uniform";
  static constexpr auto cite = "variance gain^2 / fan; Glorot & Bengio 2010, AISTATS, equation 16";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_avg", "fan_in", "fan_out"}, "what the variance is kept for"};
  void fill(Fill& f) const { fill_uniform(f, gain * std::sqrt(3 / fan_of(mode, f))); }
};

struct XavierNormal {
  static constexpr auto name = "xavier_normal";
  static constexpr auto cite = "variance gain^2 / fan; Glorot & Bengio 2010, AISTATS";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_avg", "fan_in", "fan_out"}, "what the variance is kept for"};
  void fill(Fill& f) const { fill_normal(f, gain * std::sqrt(1 / fan_of(mode, f))); }
};

struct HeUniform {
  static constexpr auto name = "he_uniform";
  static constexpr auto cite =
      "variance 2 gain^2 / ((1 + slope^2) fan); He et al. 2015, arXiv:1502.01852";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_in", "fan_out", "fan_avg"}, "what the variance is kept for"};
  Real slope{0, range(0, 1).valid(-1e6, 1e6), "of leaky_relu below 0"};
  void fill(Fill& f) const {
    fill_uniform(f, gain * std::sqrt(6 / ((1 + slope * slope) * fan_of(mode, f))));
  }
};

struct HeNormal {
  static constexpr auto name = "he_normal";
  static constexpr auto cite =
      "variance 2 gain^2 / ((1 + slope^2) fan); He et al. 2015, arXiv:1502.01852";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
  Choice mode{{"fan_in", "fan_out", "fan_avg"}, "what the variance is kept for"};
  Real slope{0, range(0, 1).valid(-1e6, 1e6), "of leaky_relu below 0"};
  void fill(Fill& f) const {
    fill_normal(f, gain * std::sqrt(2 / ((1 + slope * slope) * fan_of(mode, f))));
  }
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
    internal::built_in<XavierUniform, XavierNormal, HeUniform, HeNormal, LecunNormal>();

}  // namespace
}  // namespace attune
