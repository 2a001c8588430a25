// Normalization of values that lie far from 0 and vary little beside their mean, against double:
// f32 rounds the mean of 1000.1 by more than such values may differ.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/core/normal.hpp"
#include "tests/ops/cases.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using attune::tests::normal;
using attune::tests::reals;
using attune::tests::worsen;

constexpr double eps = 1e-5;

// What is normalized together and which parameter an element has.
struct Layout {
  Shape shape;
  std::int64_t groups, parameters;
  std::function<std::int64_t(std::int64_t)> group, parameter;
};

Layout rows(std::int64_t n, std::int64_t width) {
  return {{n, width},
          n,
          width,
          [=](std::int64_t i) { return i / width; },
          [=](std::int64_t i) { return i % width; }};
}

Layout channels(std::int64_t n, std::int64_t count, std::int64_t inner) {
  const auto channel = [=](std::int64_t i) { return i / inner % count; };
  const Shape shape = inner == 1 ? Shape{n, count} : Shape{n, count, inner};
  return {shape, count, count, channel, channel};
}

struct Results {
  std::vector<double> y, dx, dscale, dshift;
};

// The definition, in double.
Results defined(const Layout& layout, const std::vector<float>& x, const std::vector<float>& scale,
                const std::vector<float>& shift, const std::vector<float>& g) {
  const std::size_t size = x.size();
  const double count = static_cast<double>(size) / static_cast<double>(layout.groups);
  const auto means = [&](const auto& term) {
    std::vector<double> sums(static_cast<std::size_t>(layout.groups), 0.0);
    for (std::size_t i = 0; i < size; ++i)
      sums[static_cast<std::size_t>(layout.group(static_cast<std::int64_t>(i)))] += term(i);
    for (double& sum : sums) sum /= count;
    return sums;
  };
  const auto group = [&](std::size_t i) {
    return static_cast<std::size_t>(layout.group(static_cast<std::int64_t>(i)));
  };
  const auto parameter = [&](std::size_t i) {
    return static_cast<std::size_t>(layout.parameter(static_cast<std::int64_t>(i)));
  };
  const std::vector<double> mean = means([&](std::size_t i) { return x[i]; });
  const auto centred = [&](std::size_t i) { return x[i] - mean[group(i)]; };
  const std::vector<double> variance =
      means([&](std::size_t i) { return centred(i) * centred(i); });
  const auto inverse = [&](std::size_t i) { return 1 / std::sqrt(variance[group(i)] + eps); };
  const auto norm = [&](std::size_t i) { return centred(i) * inverse(i); };
  const auto h = [&](std::size_t i) { return double(g[i]) * scale[parameter(i)]; };
  const std::vector<double> average = means(h);
  const std::vector<double> along = means([&](std::size_t i) { return h(i) * norm(i); });
  Results found{std::vector<double>(size), std::vector<double>(size),
                std::vector<double>(scale.size(), 0.0), std::vector<double>(scale.size(), 0.0)};
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t p = parameter(i);
    found.y[i] = norm(i) * scale[p] + shift[p];
    found.dx[i] = inverse(i) * (h(i) - average[group(i)] - norm(i) * along[group(i)]);
    found.dscale[p] += g[i] * norm(i);
    found.dshift[p] += g[i];
  }
  return found;
}

using Norm = std::function<Tensor(const Tensor& x, const Tensor& scale, const Tensor& shift)>;

void check_close(const std::vector<double>& found, const std::vector<double>& expected, double unit,
                 const char* what) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  double off = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - expected[i]);
    off = std::isfinite(error) ? std::max(off, error) : INFINITY;
  }
  BOOST_TEST(off <= 4e-6 * unit, what << " is off by " << off / unit);
}

void check(const Layout& layout, float base, float noise, const Norm& norm) {
  const std::int64_t size = layout.shape.numel();
  std::vector<float> values = normal<float>(size, 0, 1, 1);
  for (float& value : values) value = base + noise * value;
  const std::vector<float> by = normal<float>(layout.parameters, 1, 0.2f, 2),
                           plus = normal<float>(layout.parameters, 0, 1, 3),
                           seed = normal<float>(size, 0, 1, 4);
  const Tensor x = tensor(values, layout.shape).set_requires_grad();
  const Shape across{layout.parameters};
  const Tensor scale = tensor(by, across).set_requires_grad();
  const Tensor shift = tensor(plus, across).set_requires_grad();
  const Tensor y = norm(x, scale, shift);
  const Gradients gradients = y.backward({.seed = tensor(seed, layout.shape)});
  const Results expected = defined(layout, values, by, plus, seed);
  const auto largest = [](const std::vector<double>& all) {
    double most = 0;
    for (const double value : all) most = std::max(most, std::abs(value));
    return most;
  };
  BOOST_TEST_CONTEXT(base << " + " << noise << " noise, " << layout.parameters << " parameters of "
                          << size << " elements") {
    check_close(reals(y), expected.y, largest(expected.y), "y");
    check_close(reals(gradients[x]), expected.dx, largest(expected.dx), "dx");
    // Sums of as many products of size 1.
    const double sum =
        std::sqrt(static_cast<double>(size) / static_cast<double>(layout.parameters));
    check_close(reals(gradients[scale]), expected.dscale, std::max(sum, 1.0), "dscale");
    check_close(reals(gradients[shift]), expected.dshift, std::max(sum, 1.0), "dshift");
  }
}

void check_offsets(const Layout& layout, const Norm& norm) {
  for (const float base : {1000.1f, -1000.1f, 1e4f}) {
    for (const float noise : {0.f, 1e-4f, 1e-3f, 0.01f, 0.1f, 1.f, 10.f, 100.f, 1000.f})
      check(layout, base, noise, norm);
  }
}

BOOST_AUTO_TEST_SUITE(norm_offset)

BOOST_AUTO_TEST_CASE(layer_norm_keeps_small_deviations) {
  for (const Layout& layout :
       {rows(16, 7), rows(37, 16), rows(19, 100), rows(9, 1024), rows(6, 1000), rows(3, 5001)}) {
    check_offsets(layout, [&](const Tensor& x, const Tensor& scale, const Tensor& shift) {
      return layer_norm(x, {layout.parameters}, scale, shift, {.eps = eps});
    });
  }
}

BOOST_AUTO_TEST_CASE(batch_norm_keeps_small_deviations) {
  for (const Layout& layout : {channels(7, 5, 1), channels(100, 33, 1), channels(3000, 4, 1),
                               channels(16, 3, 49), channels(2, 3, 5001), channels(64, 2, 16)}) {
    check_offsets(layout, [](const Tensor& x, const Tensor& scale, const Tensor& shift) {
      return batch_norm(x, scale, shift, {.eps = eps}).y;
    });
  }
}

// Whole numbers, which f64 holds wherever they lie, about a mean that it does not hold.
BOOST_AUTO_TEST_CASE(in_double_as_well) {
  constexpr std::int64_t n = 1000;
  std::vector<double> numbers(n);
  long double mean = 0, variance = 0;
  for (std::int64_t i = 0; i < n; ++i) mean += numbers[i] = double(i * i % 997);
  mean /= n;
  for (const double number : numbers) variance += (number - mean) * (number - mean) / n;
  const long double deviation = std::sqrt(variance + eps);
  for (const double base : {0.0, 1e3, 1e6, 1e9, 1e12}) {
    const Tensor x = tensor(numbers, {n}).to(f64) + base;
    for (const Tensor& y :
         {layer_norm(reshape(x, {1, n}), {n}), batch_norm(reshape(x, {n, 1})).y}) {
      double off = 0;
      for (std::int64_t i = 0; i < n; ++i)
        worsen(off, std::abs(double(y.data<double>()[i] - (numbers[i] - mean) / deviation)));
      BOOST_TEST(off < 1e-14, base << ": " << off);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
