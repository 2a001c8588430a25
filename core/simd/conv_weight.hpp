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
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));

  const T* a[(rows + 2) / 3];
  for (int i = 0; i < (rows + 2) / 3; ++i) a[i] = g + 3 * i * p.g_plane;
  const std::int64_t a_step = p.g_plane, columns = p.columns;
  const std::int64_t step = p.step * wide, row_step = p.row_step * wide;
  const First<T> all(lanes<T>);
  for (std::int64_t row = p.rows; row > 0; --row, x += row_step) {
    const T* b = x;
    std::int64_t k = columns;
    for (; k >= 4; k -= 4) add_products<T, rows, width, true, 4>(a, a_step, b, step, all, sum);
    for (; k > 0; --k) add_products<T, rows, width, true, 1>(a, a_step, b, step, all, sum);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      T* const to = sums + i * wide + j * lanes<T>;
      if (p.add) sum[i][j] += Batch<T>::load_aligned(to);
      sum[i][j].store_aligned(to);
    }
}

template <class T>
using WeightTile = void (*)(const ConvWeightBlock<T>&, const T*, const T*, T*);

template <class T, int width, int... i>
WeightTile<T> pick_weight_tile(std::int64_t rows, std::integer_sequence<int, i...>) {
  static constexpr WeightTile<T> functions[] = {weight_tile<T, i + 1, width>...};
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

// Where source channels do not fill lanes, positions do: `outs` result channels by `taps` taps,
// each a sum over positions in lanes that are added up at the very end.
template <class T, int outs, int taps>
void weight_dots(const ConvDots<T>& p, const T* g, const std::int64_t* tap, T* sums) {
  Batch<T> sum[outs][taps];
#pragma GCC unroll 4
  for (int i = 0; i < outs; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < taps; ++j) sum[i][j] = Batch<T>(T(0));
  const auto add = [&](const T* x, const T* from, auto load) __attribute__((always_inline)) {
    Batch<T> value[outs];
#pragma GCC unroll 4
    for (int i = 0; i < outs; ++i) value[i] = load(from + i * p.g_plane);
#pragma GCC unroll 8
    for (int j = 0; j < taps; ++j) {
      const Batch<T> seen = load(x + tap[j]);
#pragma GCC unroll 4
      for (int i = 0; i < outs; ++i) sum[i][j] = fma<T>(value[i], seen, sum[i][j]);
    }
  };
  const std::int64_t rest = p.columns % lanes<T>;
  for (std::int64_t image = 0; image < p.images; ++image) {
    const T *x = p.x + image * p.x_image, *from = g + image * p.g_image;
    for (std::int64_t row = p.rows; row > 0; --row, x += p.row_step, from += p.columns) {
      std::int64_t k = 0;
      for (; k + lanes<T> <= p.columns; k += lanes<T>)
        add(x + k, from + k, [](const T* at) { return Batch<T>::load_unaligned(at); });
      if (rest > 0)
        add(x + k, from + k, [rest](const T* at) { return load_part<T>(at, rest, T(0)); });
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < outs; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < taps; ++j) {
      T* const to = sums + (i * p.n_taps + j) * lanes<T>;
      if (p.add) sum[i][j] += Batch<T>::load_aligned(to);
      sum[i][j].store_aligned(to);
    }
  }
}

// As many sums as leave room for a batch of g each and one of x.
template <int outs>
inline constexpr int dot_taps = tile_rows<2> >= 14 ? 24 / outs < 8 ? 24 / outs : 8
                                : 12 / outs < 6    ? 12 / outs
                                                   : 6;

template <class T, int outs, int... i>
void dots_of(const ConvDots<T>& p, const T* g, T* sums, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const ConvDots<T>&, const T*, const std::int64_t*,
                                       T*) = {weight_dots<T, outs, i + 1>...};
  const std::int64_t parts = (p.n_taps + dot_taps<outs> - 1) / dot_taps<outs>;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = p.n_taps * part / parts;
    functions[p.n_taps * (part + 1) / parts - first - 1](p, g, p.taps + first,
                                                         sums + first * lanes<T>);
  }
}

template <class T>
void conv_dots(const ConvDots<T>& p) {
  std::int64_t o = 0;
  const auto run = [&]<int outs>(std::integral_constant<int, outs>) {
    for (; o + outs <= p.results; o += outs)
      dots_of<T, outs>(p, p.g + o * p.g_plane, p.sums + o * p.n_taps * lanes<T>,
                       std::make_integer_sequence<int, dot_taps<outs>>());
  };
  run(std::integral_constant<int, 4>());
  run(std::integral_constant<int, 3>());
  run(std::integral_constant<int, 2>());
  run(std::integral_constant<int, 1>());
}

}  // namespace
}  // namespace attune::internal
