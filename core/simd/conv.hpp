// The convolution's kernels of one element type and instruction set, as a table.
#pragma once

#include "core/kernels.hpp"
#include "core/simd/conv_product.hpp"
#include "core/simd/conv_stencil.hpp"
#include "core/simd/conv_tile.hpp"
#include "core/simd/conv_weight.hpp"
#include "core/simd/conv_weight_results.hpp"

namespace attune::internal {
namespace {

template <class T>
void transpose(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y,
               std::int64_t y_row) {
  copy_matrix<T>(m, n, x, 1, x_row, y, y_row);
}

// y[j] = x[2 j] for j < n, and zeros up to the end of a batch; returns where that is.
template <class T>
ATTUNE_INLINE std::int64_t pad_pairs(std::int64_t n, const T* x, T* y) {
  std::int64_t j = 0;
  for (; j + lanes<T> < n; j += lanes<T>)
    every_second<T, 0>(Batch<T>::load_unaligned(x + 2 * j),
                       Batch<T>::load_unaligned(x + 2 * j + lanes<T>))
        .store_unaligned(y + j);
  const std::int64_t left = 2 * (n - j) - 1;  // elements from the first to the last
  if (left <= 0) return j;
  Batch<T> low(T(0)), high(T(0));
  if (left < lanes<T>) {
    low = load_part<T>(x + 2 * j, left, T(0));
  } else {
    low = Batch<T>::load_unaligned(x + 2 * j);
    if (left > lanes<T>) high = load_part<T>(x + 2 * j + lanes<T>, left - lanes<T>, T(0));
  }
  every_second<T, 0>(low, high).store_unaligned(y + j);
  return j + lanes<T>;
}

// Zeros in whole batches. They are few: no call of memset may come of it.
template <class T>
ATTUNE_INLINE void zeros(T* y, std::int64_t n) {
  for (std::int64_t j = 0; j < n; j += lanes<T>) {
    Batch<T>(T(0)).store_unaligned(y + j);
    asm volatile("");
  }
}

// The rows below and a batch behind them, which lanes without a position read: what memory held
// before may be denormal, and such sums take a hundred times as long.
template <class T>
ATTUNE_INLINE void pad_end(T* y, std::int64_t n) {
  zeros(y, n);
  Batch<T>(T(0)).store_unaligned(y + n);
}

template <class T>
ATTUNE_INLINE void pad_side(const ConvSide& side, const T* x, std::int64_t stride,
                            std::int64_t length, T* y) {
  zeros(y, side.before);
  x += side.offset;
  y += side.before;
  std::int64_t j = 0;
  if (stride == 1) {
    for (; j + lanes<T> <= side.n; j += lanes<T>)
      Batch<T>::load_unaligned(x + j).store_unaligned(y + j);
    if (j < side.n) {
      load_part<T>(x + j, side.n - j, T(0)).store_unaligned(y + j);
      j += lanes<T>;
    }
  } else {
    if (stride == 2) j = pad_pairs(side.n, x, y);
    for (; j < side.n; ++j) y[j] = x[j * stride];
  }
  zeros(y + j, length - side.before - j);
}

// Rows of one side and neighbouring elements: the zeros behind a row and before the next are one
// piece, most of which the row's last batch brings along.
template <class T>
void pad_neighbours(const ConvRows<T>& p) {
  if (p.rows == 0) return pad_end(p.y, (p.above + p.below) * p.length);
  const ConvSide side = p.sides[0];
  const std::int64_t n = side.n, behind = p.length - side.before - n;
  zeros(p.y, p.above * p.length + side.before);
  const T* x = p.x + side.offset;
  T* y = p.y + p.above * p.length + side.before;
  for (std::int64_t row = p.rows; row > 0; --row, x += p.x_row, y += p.length) {
    std::int64_t j = 0;
    for (; j + lanes<T> <= n; j += lanes<T>) {
      fetch_soon(x + p.x_next + j);
      Batch<T>::load_unaligned(x + j).store_unaligned(y + j);
    }
    if (j < n) {
      fetch_soon(x + p.x_next + j);
      load_part<T>(x + j, n - j, T(0)).store_unaligned(y + j);
      j += lanes<T>;
    }
    zeros(y + j, n + behind + (row > 1 ? side.before : 0) - j);
  }
  pad_end(p.y + (p.above + p.rows) * p.length, p.below * p.length);
}

// From the first element to the last: what is written beyond a part is written again.
template <class T>
void pad(const ConvRows<T>& p) {
  if (p.n_sides == 1 && p.stride == 1) return pad_neighbours(p);
  const std::int64_t row_length = p.n_sides * p.length;
  zeros(p.y, p.above * row_length);
  const T* x = p.x;
  T* y = p.y + p.above * row_length;
  const std::int64_t last = (p.n_sides > 0 ? p.sides[0].offset + p.sides[0].n * p.stride : 0);
  for (std::int64_t row = 0; row < p.rows; ++row, x += p.x_row) {
    // Planes lie on pages of their own: what follows is not foreseen.
    for (std::int64_t j = 0; j < last; j += 64 / static_cast<std::int64_t>(sizeof(T)))
      fetch_soon(x + p.x_next + j);
    for (std::int64_t side = 0; side < p.n_sides; ++side, y += p.length)
      pad_side(p.sides[side], x, p.stride, p.length, y);
  }
  pad_end(y, p.below * row_length);
}

template <class T, int... i>
ATTUNE_INLINE void spread_pair(const T* x, T* y, std::integer_sequence<int, i...>) {
  constexpr int n = lanes<T>;
  const Row<T> from = *reinterpret_cast<const Row<T>*>(x);
  Row<T>* const low = reinterpret_cast<Row<T>*>(y);
  Row<T>* const high = reinterpret_cast<Row<T>*>(y + n);
  *low = __builtin_shufflevector(from, *low, (i % 2 == 0 ? i / 2 : n + i)...);
  *high = __builtin_shufflevector(from, *high, (i % 2 == 0 ? (n + i) / 2 : n + i)...);
}

template <class T>
void spread_pairs(std::int64_t n, const T* x, T* y) {
  std::int64_t i = 0;
  for (; i + lanes<T> < n; i += lanes<T>)
    spread_pair(x + i, y + 2 * i, std::make_integer_sequence<int, lanes<T>>());
  for (; i < n; ++i) y[2 * i] = x[i];
}

template <class T>
constexpr ConvKernels<T> conv_kernels{.lanes = lanes<T>,
                                      .pixel_rows = tile_rows<2>,
                                      .parts = First<T>::free,
                                      .by_channels = conv_by_channels<T>,
                                      .by_pixels = conv_by_pixels<T>,
                                      .product = conv_product<T>,
                                      .stencil = stencil<T>,
                                      .weights = conv_weights<T>,
                                      .result_weights = conv_result_weights<T>,
                                      .dots = conv_dots<T>,
                                      .spread_pairs = spread_pairs<T>,
                                      .pad = pad<T>,
                                      .transpose = transpose<T>};

}  // namespace
}  // namespace attune::internal
