// Variance, deviation and mean of numbers that lie far from 0 and vary little beside their mean,
// against long double: f32 rounds the mean of 1000.1 by more than such numbers may differ.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/elementwise.hpp"
#include "tests/core/normal.hpp"
#include "tests/ops/cases.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using attune::tests::normal;
using attune::tests::reals;
using attune::tests::same_bits;
using attune::tests::worsen;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// x [outer, count, inner], whose middle axis is reduced.
struct Layout {
  Shape shape;
  Axes axes;
  std::int64_t outer, count, inner;

  std::int64_t groups() const { return outer * inner; }
  std::size_t group(std::int64_t i) const {
    return static_cast<std::size_t>(i / (count * inner) * inner + i % inner);
  }
};

std::vector<Layout> layouts(std::int64_t count) {
  return {{{5, count}, {1}, 5, count, 1},
          {{count, 7}, {0}, 1, count, 7},
          {{3, count, 4}, {1}, 3, count, 4},
          {{count}, {}, 1, count, 1},
          {{2, count}, {}, 1, 2 * count, 1}};
}

struct Moments {
  std::vector<long double> centred, mean, variance;
};

// Counted from a first number on, from which the others differ by little: no digit is lost.
template <class T>
Moments defined(const Layout& layout, const std::vector<T>& x, double correction) {
  const auto groups = static_cast<std::size_t>(layout.groups());
  Moments found{{}, std::vector<long double>(groups), std::vector<long double>(groups)};
  const auto group = [&](std::size_t i) { return layout.group(static_cast<std::int64_t>(i)); };
  const auto count = static_cast<long double>(layout.count);
  for (std::size_t i = 0; i < x.size(); ++i) {
    found.centred.push_back(static_cast<long double>(x[i]) - x[0]);
    found.mean[group(i)] += found.centred[i] / count;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    long double& centred = found.centred[i];
    centred -= found.mean[group(i)];
    found.variance[group(i)] += centred * centred / (count - correction);
  }
  for (long double& mean : found.mean) mean += x[0];
  return found;
}

// In units of the last place.
template <class T>
double off(const Tensor& found, const std::vector<long double>& expected) {
  const std::vector<double> all = reals(found);
  BOOST_TEST_REQUIRE(all.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const long double unit = std::abs(expected[i]) * std::numeric_limits<T>::epsilon();
    worsen(worst, static_cast<double>(std::abs(all[i] - expected[i]) / unit));
  }
  return worst;
}

template <class T>
void check(const Layout& layout, T base, T noise, double correction) {
  std::vector<T> values = normal<T>(layout.shape.numel(), 0, 1, 1);
  for (T& value : values) value = base + noise * value;
  const Moments expected = defined(layout, values, correction);
  const double freedom = static_cast<double>(layout.count) - correction;
  std::vector<long double> deviation = expected.variance;
  for (long double& each : deviation) each = std::sqrt(each);
  const Tensor x = tensor(std::span<const T>(values), layout.shape).set_requires_grad();
  const Tensor variance = var(x, layout.axes, false, correction);
  const VarianceAndMean both = var_mean(x, layout.axes, true, correction);

  BOOST_TEST_CONTEXT(base << " + " << noise << " noise, shape " << layout.shape << " over axes "
                          << Shape(layout.axes) << ", correction " << correction) {
    BOOST_TEST(off<T>(variance, expected.variance) < 8);
    BOOST_TEST(off<T>(both.var, expected.variance) < 8);
    BOOST_TEST(off<T>(attune::std(x, layout.axes, true, correction), deviation) < 4);
    BOOST_TEST(off<T>(both.mean, expected.mean) < 1);

    const std::vector<double> slope = reals(sum(variance).backward()[x]);
    double worst = 0;
    for (std::int64_t i = 0; i < layout.shape.numel(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const std::size_t group = layout.group(i);
      const long double exact = 2 * expected.centred[at] / freedom;
      const long double unit = 2 * deviation[group] / freedom * std::numeric_limits<T>::epsilon();
      worsen(worst, static_cast<double>(std::abs(slope[at] - exact) / unit));
    }
    BOOST_TEST(worst < 8);
  }
}

template <class T>
void check_offsets(std::initializer_list<T> bases, std::initializer_list<T> noises) {
  // The general case adds f64 one after the other.
  const bool few = std::is_same_v<T, double> && !internal::own_kernels();
  for (const std::int64_t count : few ? std::vector{7, 16} : std::vector{7, 16, 1000, 20000})
    for (const Layout& layout : layouts(count))
      for (const T base : bases)
        for (const T noise : noises) check<T>(layout, base, noise, noise < 1 ? 1 : 0);
}

BOOST_AUTO_TEST_SUITE(variance_offset)

BOOST_AUTO_TEST_CASE(keeps_small_deviations) {
  check_offsets<float>({1000.1f, -1000.1f, 1e4f, 1e6f}, {0.1f, 1.f, 10.f});
}

BOOST_AUTO_TEST_CASE(in_double_as_well) {
  check_offsets<double>({1000.1, -1e9, 1e12}, {0.01, 1, 10});
}

// Rounding is all that is left of their variance, and no less than nothing.
BOOST_AUTO_TEST_CASE(of_equal_numbers_is_nearly_none) {
  for (const float base : {0.f, 0.1f, -1000.1f, 1e6f, 12345678.f, 1e24f, 1e30f}) {
    for (const std::int64_t count : {2, 3, 7, 1000, 20000}) {
      for (const Layout& layout : layouts(count)) {
        const VarianceAndMean both = var_mean(full(layout.shape, base, f32), layout.axes);
        const double unit = base * std::numeric_limits<float>::epsilon();
        for (const double variance : reals(both.var)) {
          BOOST_TEST(variance >= 0);
          BOOST_TEST(variance <= std::pow(unit * 1e-5, 2));
        }
        for (const double mean : reals(both.mean)) BOOST_TEST(mean == base);
      }
    }
  }
}

// f32 holds neither these integers nor their mean.
BOOST_AUTO_TEST_CASE(of_integers_counts_every_digit) {
  const std::vector<std::int64_t> large{1000000001, 1000000002, 1000000003};
  for (const DType dtype : {i64, i32}) {
    const VarianceAndMean both = var_mean(tensor(large, {3}).to(dtype));
    BOOST_TEST((both.var.dtype() == f32 && both.mean.dtype() == f32));
    BOOST_TEST(reals(both.var)[0] == 1);
    BOOST_TEST(reals(both.mean)[0] == static_cast<float>(large[1]));
    BOOST_TEST(reals(attune::std(tensor(large, {3}).to(dtype)))[0] == 1);
  }
}

// Columns of numbers that are far from 0, near it, infinite, NaN, and too large to be added up.
BOOST_AUTO_TEST_CASE(columns_do_not_depend_on_their_neighbours) {
  constexpr std::int64_t rows = 11;
  const std::vector<float> numbers = normal<float>(rows, 0, 1, 1);
  const std::vector<float> offsets{1e5f, 0, infinity, nan, 3e38f, 40};
  const Tensor x = reshape(tensor(numbers, {rows}), {rows, 1}) + tensor(offsets, {6});
  const VarianceAndMean all = var_mean(x, 0, true);
  for (std::int64_t c = 0; c < x.size(1); ++c) {
    const Tensor others = ne(arange(x.size(1)), c);
    const VarianceAndMean beside_none = var_mean(masked_fill(x, others, 0), 0, true);
    BOOST_TEST(same_bits(narrow(all.var, 1, c, 1), narrow(beside_none.var, 1, c, 1)));
    BOOST_TEST(same_bits(narrow(all.mean, 1, c, 1), narrow(beside_none.mean, 1, c, 1)));
  }
  const std::vector<double> variance = reals(all.var), mean = reals(all.mean);
  BOOST_TEST((std::isnan(variance[2]) && mean[2] == infinity));
  BOOST_TEST((std::isnan(variance[3]) && std::isnan(mean[3])));
  BOOST_TEST((variance[4] == infinity && mean[4] == infinity));
}

// A finite mean, from which the numbers are so far that their squares are beyond the type, and some
// of the differences too.
BOOST_AUTO_TEST_CASE(of_numbers_at_the_end_of_the_type_is_infinite) {
  for (const DType dtype : {f32, f64}) {
    const double large = dtype == f32 ? 1e38 : 1e308, share = dtype == f32 ? 1 : 0.5;
    const Tensor x = mul(tensor({3.0, -1.0, -3.0, -1.0}, f64), share * large).to(dtype);
    const VarianceAndMean both = var_mean(x);
    BOOST_TEST(reals(both.var)[0] == infinity);
    BOOST_TEST(reals(both.mean)[0] == -0.5 * share * large, boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
