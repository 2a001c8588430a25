// The sample of an initializer that is loaded at run time: uniform with variance gain^2 / fan_in.
// A whole plugin.
#include <attune/plugin.hpp>
#include <cmath>
using namespace attune;

struct LecunUniform {
  static constexpr auto name = "lecun_uniform";
  static constexpr auto cite = "LeCun, Bottou, Orr & Mueller 1998, Efficient BackProp, section 4.6";
  Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};

  void fill(Fill& f) const {
    const double bound = gain * std::sqrt(3 / f.fan_in());  // the variance of U(-b, b) is b^2 / 3
    f.each([&](std::int64_t i) { return bound * (2 * f.uniform(i) - 1); });
  }
};

ATTUNE_PLUGIN(LecunUniform)
