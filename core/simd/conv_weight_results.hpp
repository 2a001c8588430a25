// The weight gradient where results fill lanes and source channels do not, as in first layers: for
// each position a batch of the results' derivatives meets the values that the taps see there.
#pragma once

#include <cstdint>
#include <utility>

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

// Taps of a tile: an offset of each stays in a register.
template <int width>
inline constexpr int result_taps = tile_rows<width> < 8 ? tile_rows<width> : 8;

// What `count` neighbouring positions add.
template <class T, int taps, int width, int count>
ATTUNE_INLINE void add_positions(const std::int64_t (&at)[taps], const T*& x, const T*& g,
                                 Batch<T> (&sum)[taps][width]) {
  constexpr int wide = width * lanes<T>;
  __asm__("" : "+r"(x));  // not to be made into a pointer for each tap
#pragma GCC unroll 4
  for (int ahead = 0; ahead < count; ++ahead) {
    Batch<T> row[width];
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j)
      row[j] = Batch<T>::load_aligned(g + ahead * wide + j * lanes<T>);
#pragma GCC unroll 8
    for (int i = 0; i < taps; ++i) {
      const Batch<T> value(x[at[i] + ahead]);
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
    }
  }
  x += count;
  g += count * wide;
}

template <class T, int taps, int width>
void result_weight_tile(const ConvResultWeights<T>& p, const std::int64_t* tap, T* sums) {
  Batch<T> sum[taps][width];
  std::int64_t at[taps];
#pragma GCC unroll 8
  for (int i = 0; i < taps; ++i) {
    at[i] = tap[i];
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
  }
  const T *x = p.x, *g = p.g;
  const std::int64_t row_rest = p.row_step - p.columns;
  for (std::int64_t row = p.rows; row > 0; --row, x += row_rest) {
    std::int64_t k = p.columns;
    for (; k >= 2; k -= 2) add_positions<T, taps, width, 2>(at, x, g, sum);
    if (k > 0) add_positions<T, taps, width, 1>(at, x, g, sum);
  }
#pragma GCC unroll 8
  for (int i = 0; i < taps; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      T* const to = sums + (i * width + j) * lanes<T>;
      if (p.add) sum[i][j] += Batch<T>::load_aligned(to);
      sum[i][j].store_aligned(to);
    }
}

template <class T, int width, int... i>
void result_weights_of(const ConvResultWeights<T>& p, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const ConvResultWeights<T>&, const std::int64_t*,
                                       T*) = {result_weight_tile<T, i + 1, width>...};
  const std::int64_t tiles = (p.n_taps + result_taps<width> - 1) / result_taps<width>;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const std::int64_t first = p.n_taps * tile / tiles, end = p.n_taps * (tile + 1) / tiles;
    functions[end - first - 1](p, p.taps + first, p.sums + first * width * lanes<T>);
  }
}

template <class T>
void conv_result_weights(const ConvResultWeights<T>& p) {
  if (p.wide == lanes<T>)
    result_weights_of<T, 1>(p, std::make_integer_sequence<int, result_taps<1>>());
  else
    result_weights_of<T, 2>(p, std::make_integer_sequence<int, result_taps<2>>());
}

}  // namespace
}  // namespace attune::internal
