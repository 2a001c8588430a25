// The distributions of random numbers: against their formulas, their moments and their bounds; what
// is no distribution is refused.
#include <algorithm>
#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "tests/core/one_draw.hpp"

using namespace attune;
using namespace attune::internal;
using namespace attune::tests;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The greatest distance of the empirical distribution from `cdf`, times sqrt(n) (Kolmogorov,
// Smirnov): above 1.95 once in a thousand samples; the draws are fixed, so never by chance here.
template <class F>
double ks(std::vector<double> x, F cdf) {
  std::sort(x.begin(), x.end());
  double distance = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]);
    distance = std::max({distance, p - i / n, (i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

double phi(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

bool is_value_error(const Error& e) { return e.kind() == ErrorKind::value; }

}  // namespace

BOOST_AUTO_TEST_SUITE(random_numbers)

// Correctly rounded values by 40-digit arithmetic (mpmath).
BOOST_AUTO_TEST_CASE(the_normal_quantile_is_accurate) {
  const std::pair<double, double> known[] = {
      {0.25, -0x1.5956b87528a49p-1},   {0.075, -0x1.7085226d3e524p+0},
      {0.0749, -0x1.70b374817af52p+0}, {0.925, 0x1.7085226d3e525p+0},
      {0.9, 0x1.4813c36e26d33p+0},     {1e-5, -0x1.10f3f8843a3d9p+2},
      {1e-12, -0x1.c234fba57a32ap+2},  {1e-20, -0x1.2865170b43a4cp+3},
      {1e-100, -0x1.546010d755221p+4}, {1e-300, -0x1.286074064c26ep+5},
      {0x1p-53, -0x1.06b48528cea52p+3}};
  for (const auto& [p, z] : known)
    BOOST_TEST(std::fabs(normal_quantile(p) - z) <= 4e-16 * std::fabs(z), p);
  BOOST_TEST(normal_quantile(0.5) == 0);
  double last = -infinity;
  for (double p = 1e-300; p < 1; p += std::min(p, 1e-3)) {
    const double z = normal_quantile(p);
    BOOST_REQUIRE_LT(last, z);
    last = z;
  }
}

BOOST_AUTO_TEST_CASE(uniform) {
  std::vector<double> x(many);
  fill_uniform(-1, 3, x.data(), many, sample);
  BOOST_TEST(ks(x, [](double v) { return (v + 1) / 4; }) < 1.95);
  BOOST_TEST(*std::min_element(x.begin(), x.end()) >= -1);
  BOOST_TEST(*std::max_element(x.begin(), x.end()) < 3);
  std::vector<float> f(many * 10);
  fill_uniform(1, 1 + 0x1p-22, f.data(), many * 10,
               sample);  // two floats, and the bound beside them
  BOOST_TEST(*std::max_element(f.begin(), f.end()) == 1 + 0x1p-23f);
  fill_uniform(2, 2, f.data(), 3, sample);
  BOOST_TEST(f[2] == 2);
  BOOST_CHECK_EXCEPTION(fill_uniform(1, 0, f.data(), 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_uniform(0, infinity, f.data(), 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_uniform(0, std::nan(""), f.data(), 1, sample), Error, is_value_error);
}

BOOST_AUTO_TEST_CASE(normal) {
  const std::vector<double> x = normals(sample);
  double sum = 0, squares = 0, cubes = 0, fourth = 0;
  for (const double v : x) sum += v, squares += v * v, cubes += v * v * v, fourth += v * v * v * v;
  const double error = 4 / std::sqrt(static_cast<double>(many));  // four standard errors
  BOOST_TEST(std::fabs(sum / many) < error);
  BOOST_TEST(std::fabs(squares / many - 1) < error * std::sqrt(2.0));
  BOOST_TEST(std::fabs(cubes / many) < error * std::sqrt(15.0));
  BOOST_TEST(std::fabs(fourth / many - 3) < error * std::sqrt(96.0));
  BOOST_TEST(ks(x, phi) < 1.95);
  std::vector<double> shifted(many);
  fill_normal(5, 0.25, shifted.data(), many, sample);
  BOOST_TEST(ks(shifted, [](double v) { return phi((v - 5) * 4); }) < 1.95);
  BOOST_CHECK_EXCEPTION(fill_normal(0, -1, shifted.data(), 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_normal(infinity, 1, shifted.data(), 1, sample), Error, is_value_error);
}

BOOST_AUTO_TEST_CASE(truncated_normal) {
  struct Case {
    double mean, std, lo, hi;
  };
  for (const auto& [mean, std, lo, hi] :
       {Case{0, 1, -2, 2}, Case{3, 2, 2, 2.5}, Case{0, 1, 6, 7}, Case{0, 1, -7, -6},
        Case{1, .5, -infinity, 0}, Case{1, .5, 1, infinity}, Case{0, 1, 8, infinity}}) {
    std::vector<double> x(many);
    fill_truncated_normal(mean, std, lo, hi, x.data(), many, sample);
    BOOST_TEST(*std::min_element(x.begin(), x.end()) >= lo);
    BOOST_TEST(*std::max_element(x.begin(), x.end()) <= hi);
    // In the tail on the right, from the right: phi(-z) keeps its digits.
    const double side = lo > mean ? -1 : 1;
    const auto tail = [&, m = mean, s = std](double v) { return phi(side * (v - m) / s); };
    const double from = tail(lo), to = tail(hi);
    BOOST_TEST(ks(x, [&](double v) { return (tail(v) - from) / (to - from); }) < 1.95);
    std::vector<float> f(1000);
    fill_truncated_normal(mean, std, lo, hi, f.data(), 1000, sample);
    BOOST_TEST(
        std::all_of(f.begin(), f.end(), [&, l = lo, h = hi](float v) { return l <= v && v <= h; }));
  }
  double x = 0;
  BOOST_CHECK_EXCEPTION(fill_truncated_normal(0, 1, 2, 2, &x, 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_truncated_normal(0, 0, 1, 2, &x, 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_truncated_normal(0, 1, 40, 41, &x, 1, sample), Error, is_value_error);
}

BOOST_AUTO_TEST_CASE(bernoulli_and_integers) {
  std::vector<std::uint8_t> hits(many);
  for (const double p : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    fill_bernoulli(p, hits.data(), many, sample);
    const double mean = std::accumulate(hits.begin(), hits.end(), 0.0) / many;
    BOOST_TEST(std::fabs(mean - p) <= 4 * std::sqrt(p * (1 - p) / many));
    BOOST_TEST(*std::max_element(hits.begin(), hits.end()) <= 1);
  }
  BOOST_CHECK_EXCEPTION(fill_bernoulli(1.5, hits.data(), 1, sample), Error, is_value_error);
  BOOST_CHECK_EXCEPTION(fill_bernoulli(std::nan(""), hits.data(), 1, sample), Error,
                        is_value_error);

  std::vector<std::int64_t> k(many);
  fill_integers(-3, 7, k.data(), many, sample);
  std::map<std::int64_t, int> counts;
  for (const std::int64_t value : k) ++counts[value];
  BOOST_TEST(counts.size() == 10u);
  BOOST_TEST(counts.begin()->first == -3);
  double chi_square = 0;
  for (const auto& [value, count] : counts)
    chi_square += (count - many / 10.0) * (count - many / 10.0) / (many / 10.0);
  BOOST_TEST(chi_square < 27.9);  // 9 degrees of freedom, one in a thousand
  fill_integers(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                k.data(), many, sample);
  BOOST_TEST(*std::min_element(k.begin(), k.end()) < -9000000000000000000);
  BOOST_TEST(*std::max_element(k.begin(), k.end()) > 9000000000000000000);
  BOOST_CHECK_EXCEPTION(fill_integers(4, 4, k.data(), 1, sample), Error, is_value_error);
}

BOOST_AUTO_TEST_CASE(permutation) {
  std::vector<std::int64_t> order(1000), sorted(1000);
  fill_permutation(order.data(), 1000, sample);
  std::iota(sorted.begin(), sorted.end(), 0);
  BOOST_TEST(!std::is_sorted(order.begin(), order.end()));
  BOOST_TEST(std::is_permutation(order.begin(), order.end(), sorted.begin()));
  fill_permutation(nullptr, 0, sample);
  std::map<std::vector<std::int64_t>, int> counts;  // all 24 orders of four, equally often
  std::vector<std::int64_t> four(4);
  for (std::uint64_t i = 0; i < 24000; ++i) {
    fill_permutation(four.data(), 4, {sample.key, i});
    ++counts[four];
  }
  BOOST_TEST(counts.size() == 24u);
  double chi_square = 0;
  for (const auto& [value, count] : counts)
    chi_square += (count - 1000.0) * (count - 1000.0) / 1000;
  BOOST_TEST(chi_square < 49.7);  // 23 degrees of freedom, one in a thousand
}

BOOST_AUTO_TEST_SUITE_END()
