// Tiles of 2 x 2 results without strides: squares of 4 x 4 elements, 16 places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/winograd_lanes.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// A row d of the squares, as d B.
template <class T>
ATTUNE_INLINE void turn_row(const T* x, Batch<T> (&y)[4]) {
  using Row = typename Winograd<T>::Row;
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  Batch<T> d[4];
#pragma GCC unroll 2
  for (int i = 0; i < 4; i += 2) {
    const Row low = *reinterpret_cast<const Row*>(x + i);
    const Row high = *reinterpret_cast<const Row*>(x + i + lanes<T>);
    d[i] = Winograd<T>::template second<0>(low, high, all);
    d[i + 1] = Winograd<T>::template second<1>(low, high, all);
  }
  y[0] = d[0] - d[2];
  y[1] = d[1] + d[2];
  y[2] = d[2] - d[1];
  y[3] = d[1] - d[3];
}

template <class T>
void plain_source(const WinogradSource<T>& p) {
  const std::int64_t columns = p.columns, positions = p.rows * columns, y_step = p.y_step;
  // Rows of d B, the even ones, then the odd ones, each as dense as places: what a row's last batch
  // holds too much is written over by the next row. Places then fill whole batches, whose stores
  // are what the time goes to. (64 -> 64, 28 x 28, stores of a row of 14 tiles: 1.2 ms.)
  const std::int64_t odd = 4 * p.work_step;
  for (std::int64_t row = 0; row < 2 * p.rows + 2; ++row) {
    const T* const x = p.x + row * p.x_row;
    T* const to = p.work + row % 2 * odd + row / 2 * columns;
    for (std::int64_t column = 0; column < columns; column += lanes<T>) {
      Batch<T> d[4];
      turn_row(x + 2 * column, d);
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) d[j].store_unaligned(to + j * p.work_step + column);
    }
  }
  std::int64_t at = 0;
  for (; at < positions; at += lanes<T>) {
    const T* from = p.work + at;
    T* to = p.y + at;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j, from += p.work_step, to += y_step) {
      const Batch<T> d0 = Batch<T>::load_unaligned(from);
      const Batch<T> d1 = Batch<T>::load_unaligned(from + odd);
      const Batch<T> d2 = Batch<T>::load_unaligned(from + columns);
      const Batch<T> d3 = Batch<T>::load_unaligned(from + odd + columns);
      (d0 - d2).store_unaligned(to);
      (d1 + d2).store_unaligned(to + 4 * y_step);
      (d2 - d1).store_unaligned(to + 8 * y_step);
      (d1 - d3).store_unaligned(to + 12 * y_step);
    }
  }
  fill_places(p, at, winograd_places);
}

template <class T>
bool plain_results(const WinogradResults<T>& p) {
  const Batch<T> bias(p.bias), zero(T(0));
  Batch<T> check = zero;
  for (std::int64_t row = 0; row < p.height; row += 2) {
    const T* const line = p.x + row / 2 * p.columns;
    T* const to = p.y + row * p.y_row;
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = line + column;
      Batch<T> upper[4], lower[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j, x += p.x_step) {
        const Batch<T> m0 = Batch<T>::load_unaligned(x);
        const Batch<T> m1 = Batch<T>::load_unaligned(x + 4 * p.x_step);
        const Batch<T> m2 = Batch<T>::load_unaligned(x + 8 * p.x_step);
        const Batch<T> m3 = Batch<T>::load_unaligned(x + 12 * p.x_step);
        upper[j] = m0 + (m1 + m2);
        lower[j] = (m1 - m2) - m3;
      }
      Batch<T> y[4] = {
          upper[0] + (upper[1] + upper[2]) + bias, (upper[1] - upper[2]) - upper[3] + bias,
          lower[0] + (lower[1] + lower[2]) + bias, (lower[1] - lower[2]) - lower[3] + bias};
      const std::int64_t count = std::min(p.width - 2 * column, std::int64_t{2} * lanes<T>);
      put_square<T>(y, to + 2 * column, p.y_row, count, row + 1 < p.height);
      // 0 times what is not finite is NaN, and stays.
      Batch<T> finite = fma<T>(y[0], zero, y[1] * zero) + fma<T>(y[2], zero, y[3] * zero);
      if (p.columns - column < lanes<T>) finite = first_of<T>(finite, p.columns - column);
      check += finite;
    }
  }
  return all_zero(check);
}

// G w G^T of a batch of results: w[3 * i + j] at w + taps[...].
template <class T>
ATTUNE_INLINE void plain_squares(const T* const (&w)[9], std::int64_t at, std::int64_t count, T* y,
                                 std::int64_t y_step) {
  const auto put = [&](const Batch<T>& value, T* to) ATTUNE_INLINE_LAMBDA {
    if (count >= lanes<T>)
      value.store_unaligned(to);
    else
      store_part<T>(value, to, count);
  };
  const Batch<T> half(T(0.5));
  Batch<T> rows[4][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) {
    const Batch<T> first = Batch<T>::load_unaligned(w[j] + at);
    const Batch<T> middle = half * Batch<T>::load_unaligned(w[3 + j] + at);
    const Batch<T> last = Batch<T>::load_unaligned(w[6 + j] + at);
    const Batch<T> outer = half * first + half * last;
    rows[0][j] = first;
    rows[1][j] = outer + middle;
    rows[2][j] = outer - middle;
    rows[3][j] = last;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i, y += 4 * y_step) {
    const Batch<T> outer = half * rows[i][0] + half * rows[i][2], middle = half * rows[i][1];
    put(rows[i][0], y);
    put(outer + middle, y + y_step);
    put(outer - middle, y + 2 * y_step);
    put(rows[i][2], y + 3 * y_step);
  }
}

}  // namespace
}  // namespace attune::internal
