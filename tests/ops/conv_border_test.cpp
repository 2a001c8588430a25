// Rows of taps that meet only the border are left out of convolutions, and nobody can tell.
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

// Tiles of rows begin elsewhere in a batch than in an image alone.
BOOST_AUTO_TEST_CASE(an_image_alone_and_in_a_batch_have_the_same_bits) {
  constexpr std::int64_t images = 64, side = 12, taps = 5;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t results : {1, 2, 6, 16, 40}) {
    for (const float special : {infinity, -1e-30F}) {
      std::vector<float> x(images * side * side), w(results * taps * taps, 1e-30F);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = special == infinity ? 1.F : 1e-30F;
      for (std::size_t i = 0; i < w.size(); ++i)
        if (i % (taps * taps) < 3 * taps) w[i] = special;  // three rows of taps
      const Tensor weight = tensor(w, {results, 1, taps, taps});
      const Tensor bias = tensor(std::vector<float>(results, -0.F), {results});
      const Conv2dOptions options{.padding = {2, 2, 2, 2}};
      const Tensor all = conv2d(tensor(x, {images, 1, side, side}), weight, bias, options);
      x.resize(side * side);
      const Tensor one = conv2d(tensor(x, {1, 1, side, side}), weight, bias, options);
      BOOST_TEST_REQUIRE(one.numel() * images == all.numel());
      BOOST_TEST(std::memcmp(one.data<float>(), all.data<float>(),
                             sizeof(float) * static_cast<std::size_t>(one.numel())) == 0,
                 results << " results, a weight of " << special);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
