// The numbers of the known initializers: mean, variance, bounds, orthogonality.
#include <algorithm>
#include <attune/error.hpp>
#include <attune/ops.hpp>
#include <attune/options.hpp>
#include <attune/param.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "tests/nn/expect.hpp"
#include "tests/nn/one_weight.hpp"

using namespace attune;
using tests::weight;

namespace {

struct Figures {
  double mean = 0, variance = 0, low = 1e300, high = -1e300;
};

Figures figures(const Tensor& tensor) {
  Figures result;
  const auto values = tensor.detach().values<double>();
  for (double value : values) {
    result.mean += value;
    result.low = std::min(result.low, value);
    result.high = std::max(result.high, value);
  }
  const auto n = static_cast<double>(values.size());
  result.mean /= n;
  for (double value : values) result.variance += (value - result.mean) * (value - result.mean);
  result.variance /= n;
  return result;
}

void check_spread(const char* name, double variance, const OptionList& options = {},
                  double mean = 0) {
  const Shape shape{200, 300};
  const Figures found = figures(weight(shape, name, options));
  const double n = 200 * 300;
  BOOST_TEST(std::abs(found.mean - mean) < 5 * std::sqrt(variance / n), name << ": mean");
  BOOST_TEST(std::abs(found.variance / variance - 1) < 5 * std::sqrt(2 / n), name << ": variance");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(initialize_test)

BOOST_AUTO_TEST_CASE(spread_and_mean) {
  const double in = 300, out = 200;
  check_spread("he_normal", 2 / in);
  check_spread("he_uniform", 2 / in);
  check_spread("xavier_normal", 2 / (in + out));
  check_spread("xavier_uniform", 2 / (in + out));
  check_spread("lecun_normal", 1 / in);
  check_spread("normal", 100, {{"std", 10}});
  check_spread("normal", 4, {{"std", 2}, {"mean", -1}}, -1);
  check_spread("uniform", 4.0 / 12, {{"a", -1}, {"b", 1}});
  check_spread("he_normal", 2 / out, {{"mode", "fan_out"}});
  check_spread("he_normal", 4 / (in + out), {{"mode", "fan_avg"}});
  check_spread("he_normal", 9 * 2 / (in * 1.25), {{"gain", 3}, {"slope", 0.5}});
  check_spread("he_uniform", 9 * 2 / in, {{"gain", 3}});
  check_spread("xavier_normal", 1 / in, {{"mode", "fan_in"}});
  check_spread("xavier_uniform", 0.25 / out, {{"mode", "fan_out"}, {"gain", 0.5}});
  check_spread("lecun_normal", 4 / in, {{"gain", 2}});
  // Two standard deviations on each side leave 1 - 2 * 2 phi(2) / (2 Phi(2) - 1) of the variance.
  check_spread("truncated_normal", 0.7737413035499232, {{"std", 1}});
}

BOOST_AUTO_TEST_CASE(bounds_hold) {
  const Figures uniform = figures(weight({100, 100}, "uniform", {{"a", 1}, {"b", 3}}));
  BOOST_TEST(uniform.low >= 1);
  BOOST_TEST(uniform.low < 1.01);
  BOOST_TEST(uniform.high < 3);
  BOOST_TEST(uniform.high > 2.99);
  const Figures he = figures(weight({100, 100}, "he_uniform"));
  BOOST_TEST(he.high <= std::sqrt(0.06));
  BOOST_TEST(he.low >= -std::sqrt(0.06));
  for (const auto& [a, b] : {std::pair{-0.5, 1.0}, {1.0, 2.0}, {-3.0, -2.0}, {6.0, 7.0}}) {
    const OptionList options = {{"std", 1}, {"a", a}, {"b", b}};
    const Figures cut = figures(weight({100, 100}, "truncated_normal", options));
    BOOST_TEST(cut.low >= a);
    BOOST_TEST(cut.high <= b);
    BOOST_TEST(cut.low < cut.high);
  }
}

BOOST_AUTO_TEST_CASE(orthogonal_rows_or_columns) {
  for (const Shape& shape : {Shape{5, 12}, Shape{12, 5}, Shape{7, 7}, Shape{6, 2, 3, 3}}) {
    const Param w = weight(shape, "orthogonal", {{"gain", 2}});
    const Tensor m = reshape(w.tensor().detach(), {shape[0], -1});
    const Tensor gram = m.size(0) <= m.size(1) ? mm(m, t(m)) : mm(t(m), m);
    const auto values = gram.values<double>();
    const auto n = static_cast<std::size_t>(gram.size(0));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        BOOST_TEST(std::abs(values[i * n + j] - (i == j ? 4.0 : 0.0)) < 1e-12);
      }
    }
  }
  expect_error(ErrorKind::value, "two or more axes", [] { weight({4}, "orthogonal"); });
}

BOOST_AUTO_TEST_CASE(eye_is_the_identity) {
  const Param w = weight({3, 2}, "eye", {{"gain", 5}});
  const std::vector<double> expected = {5, 0, 0, 5, 0, 0};
  BOOST_TEST(w.tensor().detach().values<double>() == expected, boost::test_tools::per_element());
  const auto kernel = weight({2, 2, 3, 3}, "eye").tensor().detach();
  BOOST_TEST(sum(kernel).item() == 2);
  BOOST_TEST(kernel.values<double>()[4] == 1);          // [0, 0, 1, 1]
  BOOST_TEST(kernel.values<double>()[9 * 3 + 4] == 1);  // [1, 1, 1, 1]
}

BOOST_AUTO_TEST_SUITE_END()
