// The innermost part of a convolution's weight gradient: for each tap a product of the result's
// planes and the shifted source, whose channels are the lanes.
#pragma once

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_copy.hpp"

namespace attune::internal {
namespace {

// A tile of `rows` result channels by `width` batches of source channels, over all positions.
template <class T, int rows, int width>
void weight_tile(const ConvWeightBlock<T>& p, const T* g, const T* x, T* sums) {
  constexpr int wide = width * lanes<T>;
  Batch<T> sum[rows][width];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j)
      sum[i][j] = Batch<T>::load_aligned(sums + i * wide + j * lanes<T>);

  const T* a[(rows + 2) / 3];
  for (int i = 0; i < (rows + 2) / 3; ++i) a[i] = g + 3 * i * p.g_plane;
  const std::int64_t a_step = p.g_plane, row_step = p.row_step * wide, columns = p.columns;
  const First<T> all(lanes<T>);
  for (std::int64_t row = p.rows; row > 0; --row, x += row_step) {
    const T* b = x;
    std::int64_t k = columns;
    for (; k >= 4; k -= 4) add_products<T, rows, width, true, 4>(a, a_step, b, wide, all, sum);
    for (; k > 0; --k) add_products<T, rows, width, true, 1>(a, a_step, b, wide, all, sum);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j].store_aligned(sums + i * wide + j * lanes<T>);
}

template <class T>
using WeightTile = void (*)(const ConvWeightBlock<T>&, const T*, const T*, T*);

template <class T, int width, int... i>
WeightTile<T> pick_weight_tile(std::int64_t rows, std::integer_sequence<int, i...>) {
  constexpr WeightTile<T> functions[] = {weight_tile<T, i + 1, width>...};
  return functions[rows - 1];
}

template <class T, int width>
void weights_of(const ConvWeightBlock<T>& p) {
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows<width>>();
  constexpr int wide = width * lanes<T>;
  const std::int64_t tiles = (p.results + tile_rows<width> - 1) / tile_rows<width>;
  const std::int64_t least = p.results / tiles, higher = p.results - least * tiles;
  T* sums = p.sums;
  for (std::int64_t t = 0; t < p.n_taps; ++t) {
    const T* g = p.g;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t size = least + (tile < higher ? 1 : 0);
      pick_weight_tile<T, width>(size, sizes)(p, g, p.x + p.taps[t] * wide, sums);
      g += size * p.g_plane;
      sums += size * wide;
    }
  }
}

template <class T>
void conv_weights(const ConvWeightBlock<T>& p) {
  if (p.wide == lanes<T>)
    weights_of<T, 1>(p);
  else
    weights_of<T, 2>(p);
}

}  // namespace
}  // namespace attune::internal
