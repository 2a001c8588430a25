// Pooling with random options against direct loops in double; NaN, and the first of equal entries.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/ops/cases.hpp"
#include "tests/ops/draws.hpp"
#include "tests/ops/plane.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

Draws draws(7);

BOOST_AUTO_TEST_SUITE(planes)

BOOST_AUTO_TEST_CASE(pools_are_direct_loops) {
  for (int trial = 0; trial < 100; ++trial) {
    const Size2d kernel{draws.pick(1, 4), draws.pick(1, 4)},
        stride{draws.pick(1, 4), draws.pick(1, 4)};
    const PoolOptions o{
        .kernel = kernel,
        .stride = stride,
        .padding = {draws.pick(0, kernel.height / 2), draws.pick(0, kernel.width / 2)},
        .ceil_mode = draws.pick(0, 1) == 1,
        .count_include_pad = draws.pick(0, 1) == 1};
    const Tensor x = draws.tensor({2, 2, draws.pick(4, 9), draws.pick(4, 9)});
    const Tensor largest = max_pool2d(x, o), mean = avg_pool2d(x, o);
    const auto count = [&](std::int64_t n, std::int64_t k, std::int64_t s, std::int64_t p) {
      const double exact = static_cast<double>(n + 2 * p - k) / static_cast<double>(s);
      auto windows =
          static_cast<std::int64_t>(o.ceil_mode ? std::ceil(exact) : std::floor(exact)) + 1;
      return (windows - 1) * s >= n + p ? windows - 1 : windows;
    };
    const Shape expected{2, 2, count(x.size(2), kernel.height, stride.height, o.padding.height),
                         count(x.size(3), kernel.width, stride.width, o.padding.width)};
    BOOST_TEST_REQUIRE(largest.shape() == expected);
    BOOST_TEST_REQUIRE(mean.shape() == expected);
    double worst = 0;
    for (std::int64_t n = 0; n < 2; ++n) {
      for (std::int64_t c = 0; c < 2; ++c) {
        for (std::int64_t i = 0; i < expected[2]; ++i) {
          for (std::int64_t j = 0; j < expected[3]; ++j) {
            double most = -std::numeric_limits<double>::infinity(), total = 0;
            int inside = 0, padded = 0;
            for (std::int64_t u = 0; u < kernel.height; ++u) {
              for (std::int64_t v = 0; v < kernel.width; ++v) {
                const std::int64_t row = i * stride.height - o.padding.height + u;
                const std::int64_t column = j * stride.width - o.padding.width + v;
                if (row >= x.size(2) + o.padding.height || column >= x.size(3) + o.padding.width)
                  continue;
                ++padded;
                if (row < 0 || column < 0 || row >= x.size(2) || column >= x.size(3)) continue;
                ++inside;
                most = std::max(most, at(x, n, c, row, column));
                total += at(x, n, c, row, column);
              }
            }
            total /= o.count_include_pad ? padded : inside;
            worsen(worst, std::abs(at(largest, n, c, i, j) - most));
            worsen(worst, std::abs(at(mean, n, c, i, j) - total));
          }
        }
      }
    }
    BOOST_TEST(worst < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(a_window_with_a_nan_is_nan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (int place = 0; place < 4; ++place) {
    std::vector<double> elements{1, 2, 3, 4};
    elements[static_cast<std::size_t>(place)] = nan;
    Tensor x = tensor(elements, Shape{1, 1, 2, 2});
    x.set_requires_grad();
    const Tensor y = max_pool2d(x, {.kernel = 2});
    BOOST_TEST(std::isnan(y.item()));
    const Tensor gradient = sum(y).backward()[x];
    for (int i = 0; i < 4; ++i) BOOST_TEST(gradient.data<double>()[i] == (i == place ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(a_window_of_the_whole_plane_chooses_as_others_do) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  const auto chosen = [](const std::vector<double>& plane) {
    Tensor x = tensor(plane, Shape{1, 3, 3}).set_requires_grad();
    const Tensor gradient = sum(max_pool2d(x, {.kernel = 3})).backward()[x];
    const double* const at = gradient.data<double>();
    return std::find(at, at + 9, 1.0) - at;
  };
  BOOST_TEST(chosen({1, 2, 7, 3, 7, 0, 1, 7, 2}) == 2);             // of equal ones the first
  BOOST_TEST(chosen({1, nan, 7, 3, nan, 0, infinity, 7, 2}) == 4);  // of NaN the last
  BOOST_TEST(chosen(std::vector<double>(9, -infinity)) == 0);
  BOOST_TEST(chosen({-1, -2, -0.0, 0.0, -3, -0.0, -1, -7, -2}) == 2);
  const Tensor x = draws.tensor({3, 4, 11, 13});
  BOOST_TEST(distance(adaptive_avg_pool2d(x, 1), mean(x, {2, 3}, true)) <= 1e-15);
  BOOST_TEST(distance(avg_pool2d(x, {.kernel = {11, 13}}), mean(x, {2, 3}, true)) <= 1e-15);
  BOOST_TEST(distance(max_pool2d(x, {.kernel = {11, 13}}), amax(x, {2, 3}, true)) == 0);
}

BOOST_AUTO_TEST_CASE(of_equal_entries_the_first_is_chosen) {
  Tensor x = tensor({{{{5.0, 5.0}, {5.0, 5.0}}}}, f64);
  x.set_requires_grad();
  const Tensor gradient = sum(max_pool2d(x, {.kernel = 2})).backward()[x];
  BOOST_TEST(same_bits(gradient, tensor({{{{1.0, 0.0}, {0.0, 0.0}}}}, f64)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
