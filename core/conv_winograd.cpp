// Which convolutions go by tiles, and what becomes of results that are not finite.
#include "core/conv_winograd.hpp"

#include <algorithm>

#include "core/conv_cut.hpp"
#include "core/conv_winograd_plan.hpp"
#include "core/kernels.hpp"
#include "core/pooled.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// A source of more channels leaves no room for a panel of its places: the direct way needs less
// memory.
constexpr std::int64_t most_source_bytes = 4 << 20;
// Transformed weights are kept by the thread for the next call: no more than this.
constexpr std::int64_t most_weight_bytes = 64 << 20;
// Fewer channels, or results, do not pay for the transforms. (16 images of 28 x 28, direct over
// tiles: 16 -> 16 1.03, 16 -> 32 1.05, 32 -> 32 1.17, 64 -> 64 1.4.)
constexpr std::int64_t fewest = 24;
// With strides of 2 tiles save less, and more is copied. (Forward, direct over tiles: 16 images of
// 28 x 28, 32 -> 64 .87, 48 -> 48 .89, 48 -> 96 .98; 64 -> 128 1.08, 56 x 56 1.09, 256 -> 512, 14 x
// 14 1.16; AVX2 1.02, 1.02, .., 1.14, .., 1.21. By the input 24 -> 32 .97, 32 -> 64 1.31.)
constexpr std::int64_t fewest_halving = 64;
// Nor do fewer tiles for those of the weights. (64 -> 64, direct over tiles: 2 images of 14 x 14
// 1.11, an image of 7 x 7 0.64.)
constexpr std::int64_t fewest_tiles = 48;
// Rows that fill less than half a batch need this many multiplications for an element transformed.
// (AVX-512, 14 x 14: 32 -> 32 .98, 32 -> 64 1.2, 48 -> 48 1.25; 7 x 7: 32 -> 32 .81, 48 ->
// 48 1.13.)
constexpr std::int64_t fewest_products = 18;

bool has_form(const ConvAxis& axis) {
  return axis.taps == 3 && axis.stride <= 2 && axis.reach == 1 && axis.step == 1;
}

// Whether tiles pay, and have room.
template <class T>
bool serves(const Correlation<T>& c) {
  const std::int64_t panel = kernels().of<T>().winograd->panel;
  const std::int64_t tiles = up(c.rows.count, 2) * up(c.columns.count, 2);
  return c.groups == 1 && c.channels >= fewest && c.results >= fewest &&
         fill_tiles(c.rows.count, c.columns.count) && c.images * tiles >= fewest_tiles &&
         (2 * up(c.columns.count, 2) >= panel / 2 ||
          c.channels * c.results >= fewest_products * (c.channels + c.results)) &&
         winograd_places * c.channels * panel * static_cast<std::int64_t>(sizeof(T)) <=
             most_source_bytes &&
         c.channels * c.results <=
             most_weight_bytes / (winograd_places * static_cast<std::int64_t>(sizeof(T)));
}

// Whether each tap has a weight. One that has none, as in a masked kernel, must hide what it meets,
// where tiles would leave the rounding of what they add and take away again.
template <class T>
bool uses_all_taps(const Correlation<T>& c) {
  const auto is_used = [&](const T* tap) {
    for (std::int64_t i = 0; i < c.results; ++i)
      for (std::int64_t j = 0; j < c.channels; ++j)
        if (tap[i * c.w_result + j * c.w_channel] != T(0)) return true;
    return false;
  };
  for (int tap = 0; tap < 9; ++tap)
    if (!is_used(c.w + tap / 3 * c.w_row + tap % 3)) return false;
  return true;
}

// An image again, by the direct sum.
template <class T>
bool repeat(const Correlation<T>& c, std::int64_t image) {
  Correlation<T> one = c;
  one.images = 1;
  one.source += image * c.channels * c.rows.size * c.columns.size;
  one.result += image * c.results * c.result_plane;
  return correlate(one);
}

}  // namespace

// An element of the source takes part in exactly those results that see it, so that what is not
// finite, or much larger than its neighbours, spoils no other. But an infinity may become a NaN on
// the way, and sums of large numbers overflow where theirs do not: images with such results are
// computed again.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c) {
  const bool halving = c.rows.stride == 2;
  if (!has_form(c.rows) || !has_form(c.columns) || c.rows.stride != c.columns.stride ||
      (halving && std::min(c.channels, c.results) < fewest_halving) || !serves(c) ||
      !uses_all_taps(c))
    return false;
  const WinogradKernels<T>& kernels = *internal::kernels().of<T>().winograd;
  WinogradPlan<T> plan(c, halving ? kernels.halving : kernels.plain, 1, c.rows.count,
                       c.columns.count);
  const PooledList<char> spoilt = run_tiles(plan);
  // One by one: the bits of an image do not depend on what others hold.
  for (std::int64_t image = 0; image < c.images; ++image)
    if (spoilt[static_cast<std::size_t>(image)] && !repeat(c, image)) return false;
  return true;
}

template <class T>
bool backward_input_by_tiles(const ConvShape& s, const T* g, const T* weight, T* dx,
                             PooledList<char>& spoilt) {
  if (!has_square(s, 2) || s.top != 1 || s.left != 1) return false;
  // A position is a square of 2 x 2 results, which see two rows and columns of g.
  const auto axis = [](std::int64_t size, std::int64_t count) {
    return ConvAxis{.size = size,
                    .count = count,
                    .first = 0,
                    .step = 1,
                    .stride = 1,
                    .origin = 0,
                    .reach = 1,
                    .taps = 2,
                    .kernel = 0,
                    .kernel_step = 1};
  };
  const Correlation<T> c{.operation = "conv2d_backward_input",
                         .images = s.images,
                         .groups = s.groups,
                         .channels = s.out,
                         .results = s.in,
                         .rows = axis(s.out_height, up(s.height, 2)),
                         .columns = axis(s.out_width, up(s.width, 2)),
                         .source = g,
                         .w = weight,
                         .w_group = 0,
                         .w_result = 9,
                         .w_channel = s.taps(),
                         .w_row = 3,
                         .bias = nullptr,
                         .result = dx,
                         .result_plane = s.plane(),
                         .result_width = s.width};
  if (!serves(c) || !uses_all_taps(c)) return false;
  WinogradPlan<T> plan(c, kernels().of<T>().winograd->doubling, 2, s.height, s.width);
  spoilt = run_tiles(plan);
  return true;
}

template bool correlate_by_tiles(const Correlation<float>&);
template bool correlate_by_tiles(const Correlation<double>&);
template bool backward_input_by_tiles(const ConvShape&, const float*, const float*, float*,
                                      PooledList<char>&);
template bool backward_input_by_tiles(const ConvShape&, const double*, const double*, double*,
                                      PooledList<char>&);

}  // namespace attune::internal
