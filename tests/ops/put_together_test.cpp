// Operations that are put together from kernels of others, at the ends of the range and of runs.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

BOOST_AUTO_TEST_SUITE(put_together)

// Exponents with ways of their own, to the ends of the range; the reference is the C library's.
BOOST_AUTO_TEST_CASE(powers_by_products) {
  for (const DType dtype : {f32, f64}) {
    const double unit = dtype == f32 ? 0x1p-23 : 0x1p-52;
    const double least = dtype == f32 ? 0x1p-149 : 0x1p-1074;
    const int reach = dtype == f32 ? 127 : 1022;
    std::vector<double> bases = {0.0, -0.0, inf, -inf, nan, 1, -1};
    for (int e = -reach; e <= reach; ++e)
      for (const double m : {1.0, -1.25, 1.375, 1.4375}) bases.push_back(std::ldexp(m, e));
    const Tensor x = tensor(bases).to(dtype);
    for (const double exponent : {-2.0, 4.0}) {
      const std::vector<double> y = reals(pow(x, exponent));
      int wrong = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        double exact = std::pow(bases[i], exponent);
        if (dtype == f32 && std::isfinite(exact) && exact >= 0x1p128) exact = inf;
        const bool same = y[i] == exact || (std::isnan(y[i]) && std::isnan(exact));
        wrong += !same && !(std::fabs(y[i] - exact) <= 2 * std::max(unit * exact, least));
      }
      BOOST_TEST(wrong == 0);
      Tensor at = tensor({2.0, -0.5}, f64);
      at.set_requires_grad();
      const Tensor slope = grad(sum(pow(at, exponent)), std::vector{at}, {.record = true})[0];
      const double e = exponent;
      BOOST_TEST(allclose(slope, tensor({e * std::pow(2, e - 1), e * std::pow(-0.5, e - 1)}, f64)));
      BOOST_TEST(allclose(
          sum(slope).backward()[at],
          tensor({e * (e - 1) * std::pow(2, e - 2), e * (e - 1) * std::pow(-0.5, e - 2)}, f64)));
    }
  }
}

// Longer than a block of the loop. Off by 2 units of the result or the larger operand, and by what
// the rounding of the distance costs.
BOOST_AUTO_TEST_CASE(logaddexp_of_many) {
  for (const DType dtype : {f32, f64}) {
    const double unit = dtype == f32 ? 0x1p-23 : 0x1p-52;
    const Tensor a = mul(randn({7, 1300}), 4).to(dtype),
                 b = transpose(mul(randn({1300, 7}), 4).to(dtype), 0, 1);
    const std::vector<double> u = reals(a), v = reals(b), y = reals(logaddexp(a, b));
    double worst = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const long double far = std::fabs(u[i] - static_cast<long double>(v[i]));
      const long double most = std::max(u[i], v[i]), e = std::exp(-far);
      const long double exact = most + std::log1p(e);
      const long double bound = 2 * std::max(std::fabs(exact), std::fabs(most)) + far * e;
      worst = std::max(worst, static_cast<double>(std::fabs(y[i] - exact) / bound) / unit);
    }
    BOOST_TEST(worst <= 1);
    const Tensor row = slice(b, 0, 2, 3);
    BOOST_TEST(equal(logaddexp(a, row), logaddexp(a, expand(row, {7, 1300}).contiguous())));
    BOOST_TEST(equal(logaddexp(a, 1), logaddexp(full({7, 1300}, 1, dtype), a)));
    const Tensor left = tensor({inf, -inf, inf, nan, nan, -inf, 0x1p99, -0x1p99, 0.0}, dtype);
    const Tensor right = tensor({inf, -inf, -inf, inf, 1.0, 2.0, -0x1p99, -0x1p99, 0.0}, dtype);
    const double log_two = dtype == f32 ? double{std::log(2.0F)} : std::log(2.0);
    expect_elements(logaddexp(left, right),
                    {inf, -inf, inf, nan, nan, 2, 0x1p99, -0x1p99, log_two});
  }
}

// Runs of every length beside the vectors of a reversed copy.
BOOST_AUTO_TEST_CASE(flips_of_every_length) {
  for (const DType dtype : {f32, f64, i64, i32, u8}) {
    for (std::int64_t n = 1; n <= 37; ++n) {
      const Tensor x = reshape(arange(3 * n), {3, n}).to(dtype);
      const std::vector<double> y = reals(flip(x, {1}).contiguous());
      for (std::int64_t i = 0; i < 3 * n; ++i)
        if (y[static_cast<std::size_t>(i)] != static_cast<double>(i / n * n + n - 1 - i % n))
          BOOST_ERROR("length " << n << ", element " << i);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
