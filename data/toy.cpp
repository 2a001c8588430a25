// Points on circles and moons as scikit-learn places them, in its order of operations.
#include "attune/data/toy.hpp"

#include <algorithm>
#include <attune/random.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

// numpy.linspace(0, stop, count, endpoint)[i]
double linspace(double stop, std::int64_t count, bool endpoint, std::int64_t i) {
  if (endpoint && count > 1 && i == count - 1) return stop;
  const std::int64_t steps = endpoint ? count - 1 : count;
  return steps > 0 ? static_cast<double>(i) * (stop / static_cast<double>(steps)) : 0;
}

void check(const char* operation, std::int64_t n, const ToyOptions& options) {
  if (n < 1) fail(ErrorKind::value, operation, "{} samples: at least 1", n);
  constexpr std::int64_t most = std::int64_t{1} << 31;
  if (n > most) fail(ErrorKind::value, operation, "{} samples: at most {}", n, most);
  if (!(options.noise >= 0) || !std::isfinite(options.noise)) {
    fail(ErrorKind::value, operation, "noise {}: a standard deviation is 0 or more", options.noise);
  }
  if (!is_floating(options.dtype)) {
    fail(ErrorKind::dtype, operation, "samples of {}: f32 or f64", options.dtype);
  }
}

Set make_set(const std::vector<double>& x, const std::vector<std::int64_t>& y, DType dtype) {
  const auto n = static_cast<std::int64_t>(y.size());
  return Set(tensor(x, {n, 2}).to(dtype), tensor(y));
}

// point(i, x, y) places sample i, of which the first n / 2 are of class 0; then a shuffle, then
// noise.
template <class Point>
Set shuffled(std::int64_t n, const ToyOptions& options, Point&& point) {
  NumpyLegacy random(options.seed);
  const std::vector<std::int64_t> order = random.permutation(n);
  std::vector<double> x;
  std::vector<std::int64_t> y;
  for (const std::int64_t i : order) {
    double at[2];
    point(i, at[0], at[1]);
    x.insert(x.end(), at, at + 2);
    y.push_back(i >= n / 2);
  }
  if (options.noise > 0) {
    for (double& value : x) value += random.normal(0, options.noise);
  }
  return make_set(x, y, options.dtype);
}

}  // namespace

Set circles(std::int64_t n, const ToyOptions& options) {
  check("circles", n, options);
  if (!(options.factor > 0 && options.factor < 1)) {
    fail(ErrorKind::value, "circles", "factor {}: the inner radius is between 0 and 1, the outer",
         options.factor);
  }
  const std::int64_t outer = n / 2;
  return shuffled(n, options, [&](std::int64_t i, double& x, double& y) {
    const bool inside = i >= outer;
    const double angle =
        linspace(2 * std::numbers::pi, inside ? n - outer : outer, false, inside ? i - outer : i);
    x = std::cos(angle);
    y = std::sin(angle);
    if (inside) {
      x *= options.factor;
      y *= options.factor;
    }
  });
}

Set moons(std::int64_t n, const ToyOptions& options) {
  check("moons", n, options);
  const std::int64_t outer = n / 2;
  return shuffled(n, options, [&](std::int64_t i, double& x, double& y) {
    const bool inside = i >= outer;
    const double angle =
        linspace(std::numbers::pi, inside ? n - outer : outer, true, inside ? i - outer : i);
    x = inside ? 1 - std::cos(angle) : std::cos(angle);
    y = inside ? 1 - std::sin(angle) - 0.5 : std::sin(angle);
  });
}

TrainTest course_2d(std::uint32_t seed, DType dtype) {
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, "course_2d", "samples of {}: f32 or f64", dtype);
  }
  NumpyLegacy random(seed);
  const auto part = [&](std::size_t n) {
    std::vector<double> x(2 * n);
    std::vector<std::int64_t> y(n);
    for (std::size_t i = 0; i < n; ++i) x[2 * i] = random.uniform(-0.6, 0.4);
    for (std::size_t i = 0; i < n; ++i) x[2 * i + 1] = random.uniform(-0.65, 0.6);
    for (std::size_t i = 0; i < n; ++i) {
      y[i] = x[2 * i + 1] - 0.9 * x[2 * i] - 0.1 + 0.22 * random.randn() > 0;
    }
    return make_set(x, y, dtype);
  };
  TrainSet train(part(211));
  return {std::move(train), part(200)};
}

}  // namespace attune::data
