// A product of weights and planes as they lie, whose positions are lanes. The lines of a tile of
// positions stay in the first-level cache while all results are computed from them, and those of
// the next are brought near meanwhile: nobody foresees them, as every channel is another page.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

// Lines of the next tile's positions, a channel's after the other's: so many channels at four.
template <class T>
struct NextTile {
  const T* x;
  std::int64_t plane, at_four;

  ATTUNE_INLINE void near() {
    for (std::int64_t i = 0; i < at_four; ++i, x += plane) {
      __builtin_prefetch(x);
      if constexpr (2 * lanes<T> * sizeof(T) > 64) __builtin_prefetch(x + lanes<T>);
    }
  }
};

// Where the results go is not near either: one of them at four channels. (1 x 1, 64 -> 256, 28 x
// 28, batches of 16: 5.1 ms, now 2.3.)
template <class T, int results, int width, class Last>
ATTUNE_INLINE void add_channels(const ConvProduct<T>& p, const T* x, const T* w, const T* y,
                                const Last& last, NextTile<T>& next,
                                Batch<T> (&sum)[results][width]) {
  const std::int64_t plane = p.plane, y_plane = p.y_plane;
  const T* weights[1] = {w};
  std::int64_t c = p.channels;
  for (int left = results; c >= 4; c -= 4) {
    next.near();
    if (left > 0) {
      --left;
      __builtin_prefetch(y, 1);
      if constexpr (width == 2) __builtin_prefetch(y + lanes<T>, 1);
      y += y_plane;
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
      add_products<T, results, width, false, 1>(weights, results, x, plane, last, sum);
  }
  for (; c > 0; --c)
    add_products<T, results, width, false, 1>(weights, results, x, plane, last, sum);
}

template <class T, int results, int width>
void product_tile(const ConvProduct<T>& p, std::int64_t first, std::int64_t column,
                  NextTile<T>& next) {
  Batch<T> sum[results][width];
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[r][j] = Batch<T>(T(0));
  const std::int64_t y_plane = p.y_plane;
  const T *const x = p.x + column, *const w = p.w + first * p.all_channels + p.channel * results;
  T* y = p.y + first * y_plane + column;
  const std::int64_t rest =
      std::min<std::int64_t>(p.columns - column - (width - 1) * lanes<T>, lanes<T>);
  const First<T> last(rest);
  if (rest == lanes<T>)
    add_channels(p, x, w, y, WholeBatch<T>(), next, sum);
  else
    add_channels(p, x, w, y, last, next, sum);
  const T* const start = p.start ? p.start + first : nullptr;
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r, y += y_plane) {
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      const Batch<T> before = start ? Batch<T>(start[r]) : load<T, width>(y, j, last);
      store<T, width>(sum[r][j] + before, y, j, last);
    }
  }
}

template <class T>
using ProductTile = void (*)(const ConvProduct<T>&, std::int64_t, std::int64_t, NextTile<T>&);

template <class T, int width, int... i>
ProductTile<T> pick_product_tile(std::int64_t results, std::integer_sequence<int, i...>) {
  static constexpr ProductTile<T> functions[] = {product_tile<T, i + 1, width>...};
  return functions[results - 1];
}

template <class T>
void conv_product(const ConvProduct<T>& p) {
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows<2>>();
  constexpr std::int64_t wide = 2 * lanes<T>;
  const std::int64_t tiles = (p.results + p.at_once - 1) / p.at_once;
  for (std::int64_t column = 0; column < p.columns; column += wide) {
    const bool end = column + wide >= p.columns;
    NextTile<T> next{p.x + column + (end ? p.next : wide), p.plane,
                     tiles >= 4 ? 1 : (4 + tiles - 1) / tiles};
    for (std::int64_t first = 0; first < p.results; first += p.at_once) {
      const std::int64_t count = std::min(p.at_once, p.results - first);
      const auto tile = p.columns - column > lanes<T> ? pick_product_tile<T, 2>(count, sizes)
                                                      : pick_product_tile<T, 1>(count, sizes);
      tile(p, first, column, next);
    }
  }
}

}  // namespace
}  // namespace attune::internal
