// Convolutions by tiles, where several results share what was read: a number is felt where the
// direct way feels it and nowhere else, and what overflows there overflows here.
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/ops/cases.hpp"
#include "tests/ops/direct_conv.hpp"
#include "tests/ops/draws.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

Draws draws(8);

std::vector<float> numbers(const Tensor& x) {
  const auto values = x.values<float>();
  return {values.begin(), values.end()};
}

std::int64_t not_finite(const Tensor& x) {
  std::int64_t count = 0;
  for (const float value : numbers(x)) count += std::isfinite(value) ? 0 : 1;
  return count;
}

BOOST_AUTO_TEST_SUITE(tiles)

// A number much larger than the others, or none, is felt where it is seen, and nowhere else.
BOOST_AUTO_TEST_CASE(a_number_stays_where_it_is_seen) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Conv2dOptions o{.padding = 1};
  for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::max(), 3e37f}) {
    for (int trial = 0; trial < 6; ++trial) {
      const std::int64_t side = draws.pick(5, 30);
      const Tensor clean = draws.tensor({3, 24, side, side}).to(f32);
      const Tensor w = draws.tensor({25, 24, 3, 3}).to(f32), bias = draws.tensor({25}).to(f32);
      std::vector<float> elements = numbers(clean);
      const std::int64_t at = draws.pick(0, clean.numel() - 1);
      elements[static_cast<std::size_t>(at)] = value;
      const Tensor x = tensor(elements, clean.shape());
      const Tensor y = conv2d(x, w, bias, o), sums = direct(x, w, bias, o);
      BOOST_TEST(other_class(y, sums) == 0);
      const Tensor before = direct(clean, w, bias, o);
      const std::vector<float> now = numbers(y), then = numbers(before);
      const std::int64_t image = at / (24 * side * side), row = at / side % side,
                         column = at % side;
      int spoilt = 0;
      for (std::size_t i = 0; i < now.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        const bool seen = place / (25 * side * side) == image &&
                          std::abs(place / side % side - row) <= 1 &&
                          std::abs(place % side - column) <= 1;
        spoilt += !seen && !(std::abs(now[i] - then[i]) < 1e-4f);
      }
      BOOST_TEST(spoilt == 0);
      const Tensor dx =
          conv2d_backward_input(x, permute(w, {1, 0, 2, 3}).clone(), {3, 25, side, side}, o);
      BOOST_TEST(other_class(dx, direct_dx(x, permute(w, {1, 0, 2, 3}).clone(), {3, 25, side, side},
                                           o)) == 0);
    }
  }
}

// As in autoregressive models: results before a pixel know nothing of it, to the last bit.
BOOST_AUTO_TEST_CASE(masked_taps_hide_what_they_meet) {
  const Conv2dOptions same{.padding = 1};
  Tensor weight = draws.tensor({32, 32, 3, 3});
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    if (i % 9 > 4) weight.mutable_data<double>()[i] = 0;
  const std::int64_t row = 7, column = 6, size = 16;
  const Tensor bias = draws.tensor({32}), x = draws.tensor({2, 32, size, size});
  Tensor changed = x.clone();
  for (std::int64_t c = 0; c < 32; ++c)
    changed.mutable_data<double>()[(c * size + row) * size + column] = 1e6;
  const Tensor before = conv2d(x, weight, bias, same), after = conv2d(changed, weight, bias, same);
  for (std::int64_t r = 0; r < 32; ++r) {
    for (std::int64_t i = 0; i < row * size + column; ++i) {
      const std::int64_t at = r * size * size + i;
      BOOST_TEST_CONTEXT("result " << r << ", position " << i) {
        BOOST_TEST(after.data<double>()[at] == before.data<double>()[at]);
      }
    }
  }
}

// Tiles of several images are computed together: one that is computed again takes no other along.
BOOST_AUTO_TEST_CASE(an_image_does_not_feel_what_others_hold) {
  const Tensor w = draws.tensor({64, 64, 3, 3}).to(f32);
  for (const std::int64_t side : {7, 9, 11, 15}) {
    const Tensor clean = draws.tensor({8, 64, side, side}).to(f32);
    std::vector<float> elements = numbers(clean);
    for (const std::int64_t image : {3, 6})
      elements[static_cast<std::size_t>(image * 64 * side * side)] =
          std::numeric_limits<float>::infinity();
    const Tensor x = tensor(elements, clean.shape());
    const Tensor before = conv2d(clean, w, {.padding = 1}), y = conv2d(x, w, {.padding = 1});
    for (const std::int64_t i : {0, 1, 2, 4, 5, 7})
      BOOST_TEST(same_bits(narrow(y, 0, i, 1), narrow(before, 0, i, 1)), i << " of " << side);
  }
}

BOOST_AUTO_TEST_CASE(large_numbers_overflow_where_direct_sums_do) {
  const Conv2dOptions o{.padding = 1};
  const Tensor bias = zeros({26});
  // Sums of all positive products are beyond the largest number in the second image alone; squares
  // of four elements and sums over places are in others too.
  const Tensor w = add(mul(draws.tensor({26, 24, 3, 3}), 0.1), 0.9).to(f32);
  for (const double large : {1e36, 2.2e36, 1e37, 1e38, 3e38}) {
    const Tensor small = add(mul(draws.tensor({1, 24, 9, 17}), 0.1), 0.9);
    const Tensor x =
        cat({mul(small, large / 200), mul(small, large), mul(small, -large)}, 0).to(f32);
    BOOST_TEST(other_class(conv2d(x, w, bias, o), direct(x, w, bias, o)) == 0);
  }
  // Of a large kernel, the infinity of one entry.
  std::vector<float> entries = numbers(w);
  entries[17 * 24 * 9 - 5] = std::numeric_limits<float>::infinity();
  const Tensor x = draws.tensor({2, 24, 7, 18}).to(f32), spoilt = tensor(entries, w.shape());
  const Tensor y = conv2d(x, spoilt, bias, o);
  BOOST_TEST(other_class(y, direct(x, spoilt, bias, o)) == 0);
  BOOST_TEST(not_finite(y) == 2 * 7 * 18);
}

BOOST_AUTO_TEST_CASE(gradients_overflow_where_direct_sums_do) {
  const Conv2dOptions o{.padding = 1};
  const Shape shape{64, 65, 3, 3};
  const Tensor x = draws.tensor({2, 65, 17, 16}).to(f32), g = draws.tensor({2, 64, 17, 16}).to(f32);
  const Tensor clean = conv2d_backward_weight(g, x, shape, o);
  BOOST_TEST(not_finite(clean) == 0);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 3e38f}) {
    for (const bool corner : {false, true}) {
      std::vector<float> of_x = numbers(x), of_g = numbers(g);
      of_x[corner ? 5 * 17 * 16 : 5 * 17 * 16 + 100] = value;
      of_g[corner ? 7 * 17 * 16 : 7 * 17 * 16 + 120] = value;
      const Tensor spoilt_x = tensor(of_x, x.shape()), spoilt_g = tensor(of_g, g.shape());
      BOOST_TEST(other_class(conv2d_backward_weight(g, spoilt_x, shape, o),
                             direct_dw(g, spoilt_x, shape, o)) == 0);
      BOOST_TEST(other_class(conv2d_backward_weight(spoilt_g, x, shape, o),
                             direct_dw(spoilt_g, x, shape, o)) == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
