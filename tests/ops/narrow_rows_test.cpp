// Reductions over a last axis of every length to 40, rows so short that vectors hold several,
// against plain loops.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/ops/expect.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

using Loop = long double (*)(std::int64_t n, const double* x);

long double summed(std::int64_t n, const double* x) {
  long double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += x[i];
  return total;
}
long double multiplied(std::int64_t n, const double* x) {
  long double total = 1;
  for (std::int64_t i = 0; i < n; ++i) total *= x[i];
  return total;
}
long double largest(std::int64_t n, const double* x) { return *std::max_element(x, x + n); }
long double smallest(std::int64_t n, const double* x) { return *std::min_element(x, x + n); }
long double log_of_sum(std::int64_t n, const double* x) {
  long double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += std::exp(static_cast<long double>(x[i]));
  return std::log(total);
}

// The worst distance from a plain loop in units of the type's rounding at 1.
double off(const Tensor& result, const Tensor& x, Loop loop) {
  const std::vector<double> from = reals(x), got = reals(result);
  const std::int64_t n = x.shape()[1];
  const double eps = x.dtype() == f32 ? 0x1p-24 : 0x1p-53;
  double worst = got.size() == static_cast<std::size_t>(x.shape()[0])
                     ? 0
                     : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < got.size(); ++i) {
    const long double want = loop(n, from.data() + static_cast<std::int64_t>(i) * n);
    worsen(worst, static_cast<double>(std::abs(got[i] - want)) / eps);
  }
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(narrow_rows)

BOOST_AUTO_TEST_CASE(reductions_follow_plain_loops) {
  const Random numbers{11};
  for (const DType dtype : {f32, f64}) {
    for (std::int64_t n = 1; n <= 40; ++n) {
      // More rows than a chunk takes, where rows are short; about 1, so that no product leaves.
      const Tensor x = add(mul(rand({9001, n}), 0.2), 0.9).to(dtype);
      const double steps = static_cast<double>(n);
      BOOST_TEST_CONTEXT(dtype << ", rows of " << n) {
        BOOST_TEST(off(sum(x, {1}), x, summed) <= steps * steps);
        BOOST_TEST(off(prod(x, 1), x, multiplied) <= 4 * steps);
        BOOST_TEST(off(amax(x, {1}), x, largest) == 0);
        BOOST_TEST(off(amin(x, {1}), x, smallest) == 0);
        BOOST_TEST(off(logsumexp(x, {1}), x, log_of_sum) <= 16 + steps);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(of_integers_every_digit_counts) {
  manual_seed(11);
  for (const DType dtype : {i64, i32, u8, boolean}) {
    for (std::int64_t n = 1; n <= 40; ++n) {
      const Tensor x = randint(0, dtype == boolean ? 2 : 250, {9001, n}).to(dtype);
      BOOST_TEST_CONTEXT(dtype << ", rows of " << n) {
        BOOST_TEST(off(sum(x, {1}), x, summed) == 0);
        if (dtype == boolean) continue;
        BOOST_TEST(off(amax(x, {1}), x, largest) == 0);
        BOOST_TEST(off(amin(x, {1}), x, smallest) == 0);
      }
    }
  }
  // Sums of i64 wrap, as those of long rows do.
  const std::int64_t large = std::numeric_limits<std::int64_t>::max();
  const Tensor wrapped = sum(tensor(std::vector<std::int64_t>{large, 3}, {1, 2}), {1});
  BOOST_TEST(wrapped.values<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::min() + 2);
  BOOST_TEST(sum(zeros({3, 0}, i64), {1}).shape() == Shape{3});
}

BOOST_AUTO_TEST_SUITE_END()
