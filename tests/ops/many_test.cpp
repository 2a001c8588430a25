// Sums of so many f32 numbers that adding them one after the other would spoil digits: by our own
// kernels and in the general case.
#include <cmath>

#include "tests/ops/expect.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr double tenth = static_cast<double>(0.1f);

// The distance from n tenths in units of the rounding of the result.
double off(const Tensor& result, double n) {
  double worst = 0;
  for (const double value : reals(result))
    worsen(worst, std::abs(value - n * tenth) / (n * tenth) * 0x1p24);
  return worst;
}

// A run of 64 equal numbers is off by that many roundings at most, each doubling by one more.
constexpr double bound = 64 + 24;

BOOST_AUTO_TEST_SUITE(many)

BOOST_AUTO_TEST_CASE(sums_along_either_axis) {
  for (const int power : {12, 16, 20, 22}) {
    const std::int64_t n = std::int64_t{1} << power;
    BOOST_TEST_CONTEXT("2^" << power) {
      BOOST_TEST(off(sum(full({n}, 0.1, f32)), static_cast<double>(n)) <= bound);
      BOOST_TEST(off(sum(full({2, n}, 0.1, f32), 1), static_cast<double>(n)) <= bound);
      BOOST_TEST(off(sum(full({n, 2}, 0.1, f32), 0), static_cast<double>(n)) <= bound);
      BOOST_TEST(off(sum(full({n / 2, 2, 3}, 0.1, f32), {0, 1}), static_cast<double>(n)) <= bound);
      BOOST_TEST(off(mean(full({n, 2}, 0.1, f32), 0), 1) <= bound);
    }
  }
}

// Any number of blocks of rows, whole or not, has each row once.
BOOST_AUTO_TEST_CASE(every_row_counts_once) {
  for (std::int64_t n = 1; n < 1100; n += n < 140 ? 1 : 61) {
    const Tensor rows = expand(unsqueeze(arange(n).to(f64), 1), {n, 5}).contiguous();
    BOOST_TEST(reals(sum(rows, 0)) == std::vector<double>(5, static_cast<double>(n * (n - 1) / 2)),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_bias) {
  const std::int64_t n = std::int64_t{1} << 20;
  const Tensor bias = zeros({2}).set_requires_grad();
  const Tensor y = affine(zeros({n, 1}), zeros({2, 1}), bias);
  BOOST_TEST(off(sum(mul(y, 0.1)).backward()[bias], static_cast<double>(n)) <= bound);
}

BOOST_AUTO_TEST_CASE(averages_over_whole_planes) {
  for (const std::int64_t n : {64, 512, 2048}) {
    const Tensor plane = full({1, 1, n, n}, 0.1, f32);
    BOOST_TEST(off(adaptive_avg_pool2d(plane, {1, 1}), 1) <= 1);
    BOOST_TEST(off(avg_pool2d(plane, {.kernel = {n / 2, n}}), 1) <= 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
