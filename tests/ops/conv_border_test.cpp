// Rows of taps that meet only the border are left out of convolutions, and nobody can tell.
#include <algorithm>
#include <attune/ops/conv.hpp>
#include <attune/ops/creation.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/conv_kernels.hpp"

namespace {

using namespace attune;

// Of each tap on its own.
bool meets(const internal::ConvBorder& border, std::int64_t tap_row, std::int64_t row,
           std::int64_t count) {
  for (std::int64_t i = row; i < row + count; ++i) {
    const std::int64_t read = i + tap_row * border.reach;
    if (read >= border.above && read < border.below) return true;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conv_border)

BOOST_AUTO_TEST_CASE(taps_that_are_met_are_kept_and_others_left_out) {
  std::int64_t tried = 0;
  for (std::int64_t above : {0, 1, 4, 9})
    for (std::int64_t height : {0, 1, 3, 10})
      for (std::int64_t reach : {1, 2, 3})
        for (std::int64_t tap_rows : {1, 2, 5})
          for (std::int64_t count : {1, 2, 4})
            for (std::int64_t row = 0; row < 20; ++row, ++tried) {
              const internal::ConvBorder border{above, above + height, tap_rows, reach, 3};
              const internal::TapRange met = border.met(row, count);
              BOOST_TEST_REQUIRE((met.first % 3 == 0 && met.end % 3 == 0));
              for (std::int64_t i = 0; i < tap_rows; ++i) {
                const bool kept = met.first <= 3 * i && 3 * i < met.end;
                // Where elements end before a tile's last row may meet them, a tap between may
                // stay.
                BOOST_TEST_REQUIRE((kept || !meets(border, i, row, count)));
                if (kept && height > 0 && count == 1 && reach == 1)
                  BOOST_TEST_REQUIRE(meets(border, i, row, count));
              }
            }
  BOOST_TEST(tried == 4 * 4 * 3 * 3 * 3 * 20);
}

// Whether an image has the same bits alone and in a batch, where tiles of rows begin elsewhere.
// Images and weights are of one channel and of 5 x 5 taps.
bool alone_as_in_a_batch(std::int64_t side, std::int64_t results, float value,
                         const std::vector<float>& w) {
  constexpr std::int64_t images = 64;
  std::vector<float> x(static_cast<std::size_t>(images * side * side), value);
  const Tensor weight = tensor(w, {results, 1, 5, 5});
  const Tensor bias =
      tensor(std::vector<float>(static_cast<std::size_t>(results), -0.F), {results});
  const Conv2dOptions options{.padding = {2, 2, 2, 2}};
  const Tensor all = conv2d(tensor(x, {images, 1, side, side}), weight, bias, options);
  x.resize(static_cast<std::size_t>(side * side));
  const Tensor one = conv2d(tensor(x, {1, 1, side, side}), weight, bias, options);
  BOOST_TEST_REQUIRE(one.numel() * images == all.numel());
  return std::memcmp(one.data<float>(), all.data<float>(),
                     sizeof(float) * static_cast<std::size_t>(one.numel())) == 0;
}

constexpr float infinity = std::numeric_limits<float>::infinity();

BOOST_AUTO_TEST_CASE(an_image_alone_and_in_a_batch_have_the_same_bits) {
  for (const std::int64_t side : {12, 16}) {
    for (const std::int64_t results : {1, 2, 6, 16, 40}) {
      for (const float special : {infinity, -1e-30F}) {
        std::vector<float> w(static_cast<std::size_t>(results) * 25, 1e-30F);
        for (std::size_t i = 0; i < w.size(); ++i)
          if (i % 25 < 15) w[i] = special;  // three rows of taps
        BOOST_TEST(alone_as_in_a_batch(side, results, special == infinity ? 1.F : 1e-30F, w),
                   side << ", " << results << " results, a weight of " << special);
      }
    }
  }
}

// Two infinite rows of taps, wherever they are: of the first or of the last result, and tap.
BOOST_AUTO_TEST_CASE(infinite_weights_of_one_result_are_found) {
  for (const std::int64_t side : {12, 16}) {
    for (const std::int64_t results : {2, 16, 40}) {
      for (const std::int64_t result : {std::int64_t{0}, results - 1}) {
        for (const std::int64_t tap : {0, 15}) {
          std::vector<float> w(static_cast<std::size_t>(results) * 25, 1e-3F);
          std::fill_n(w.begin() + result * 25 + tap, 10, infinity);
          BOOST_TEST(alone_as_in_a_batch(side, results, 1.F, w),
                     side << ", of " << results << " results " << result << ", from tap " << tap);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
