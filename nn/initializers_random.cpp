// Initializers of a width that is given, and the orthogonal one.
#include <algorithm>
#include <vector>

#include "core/random.hpp"
#include "nn/built_in.hpp"

namespace attune {
namespace {

struct Uniform {
  static constexpr auto name = "uniform", cite = "evenly in [a, b)";
  static constexpr std::uint64_t roles = internal::any_weight;
  Real a{-0.05, range(-1, 0).valid(-1e300, 1e300), "lower end"};
  Real b{0.05, range(0, 1).valid(-1e300, 1e300), "upper end, a < b"};
  void validate() const {
    if (!(a < b)) throw std::invalid_argument("a must be below b");
  }
  void fill(Fill& f) const {
    f.each([&](std::int64_t i) { return a + (b - a) * f.uniform(i); });
  }
};

struct Normal {
  static constexpr auto name = "normal", cite = "mean + std z";
  static constexpr std::uint64_t roles = internal::any_weight;
  Real mean{0, range(-1, 1).valid(-1e300, 1e300), "mean"};
  Real std{0.05, log_range(1e-3, 10), "standard deviation"};
  void fill(Fill& f) const {
    f.each([&](std::int64_t i) { return mean + std * f.normal(i); });
  }
};

// The p with normal_quantile(p) = z, by halving; no exponential, so that it has one value
// everywhere.
double probability_below(double z) {
  double low = 0, high = 1;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (internal::normal_quantile(middle) < z ? low : high) = middle;
  }
}

// By the inverse of the distribution function, so one draw an element.
struct TruncatedNormal {
  static constexpr auto name = "truncated_normal";
  static constexpr auto cite = "mean + std z with a <= z <= b; std is that before truncation";
  static constexpr std::uint64_t roles = internal::any_weight;
  Real mean{0, range(-1, 1).valid(-1e300, 1e300), "mean before truncation"};
  Real std{0.05, log_range(1e-3, 10), "standard deviation before truncation"};
  Real a{-2, range(-3, 0).valid(-8, 8), "lower end, in standard deviations"};
  Real b{2, range(0, 3).valid(-8, 8), "upper end, in standard deviations, a < b"};
  void validate() const {
    if (!(a < b)) throw std::invalid_argument("a must be below b");
  }
  void fill(Fill& f) const {
    const bool upper = a > 0;  // computed in the lower tail, where probabilities keep their digits
    const double sign = upper ? -1 : 1;
    const double first = upper ? -b : a + 0.0, last = upper ? -a : b + 0.0;
    const double low = probability_below(first), width = probability_below(last) - low;
    f.each([&](std::int64_t i) {
      const double p = std::clamp(low + width * f.uniform(i), 0x1p-1022, 1 - 0x1p-53);
      return mean + sign * std * std::clamp(internal::normal_quantile(p), first, last);
    });
  }
};

struct Orthogonal {
  static constexpr auto name = "orthogonal";
  static constexpr auto cite = "orthonormal rows or columns; Saxe et al. 2013, arXiv:1312.6120";
  Real gain{1, log_range(0.1, 10), "factor on the orthonormal matrix"};
  void fill(Fill& f) const {
    if (f.shape().size() < 2) {
      throw std::invalid_argument("orthogonal takes parameters of two or more axes");
    }
    if (f.count() == 0) return;
    const std::int64_t rows = f.shape()[0], columns = f.count() / rows;
    const std::int64_t tall = std::max(rows, columns), wide = std::min(rows, columns);
    std::vector<double> a(static_cast<std::size_t>(f.count()));
    for (std::int64_t i = 0; i < f.count(); ++i) a[static_cast<std::size_t>(i)] = f.normal(i);
    f.orthonormalize(tall, wide, a.data());
    f.each([&](std::int64_t i) {
      const std::int64_t place = rows >= columns ? i : i % columns * wide + i / columns;
      return gain * a[static_cast<std::size_t>(place)];
    });
  }
};

[[maybe_unused]] const bool registered =
    internal::built_in<Uniform, Normal, TruncatedNormal, Orthogonal>();

}  // namespace
}  // namespace attune
