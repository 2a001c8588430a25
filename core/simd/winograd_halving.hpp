// Tiles of 2 x 2 results with strides of 2. Along an axis they see two elements e of even places
// and three o of odd ones, those from before the first e on:
//   y0 = o0 w0 + o1 w2 + e0 w1, y1 = o1 w0 + o2 w2 + e1 w1,
// which are (o0 - o1) w0, o1 (w0 + w2), (o2 - o1) w2, e0 w1 and e1 w1: 25 products for 36.
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

// Of the rows of a copy come first those of o, then those of e, and of the columns too: `x_row`
// elements are two sides, of 2 * columns + 1 elements each.
template <class T>
ATTUNE_INLINE void halving_row(const T* x, std::int64_t side, Batch<T> (&y)[5]) {
  using Row = typename Winograd<T>::Row;
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  const auto at = [&](std::int64_t i) { return *reinterpret_cast<const Row*>(x + i); };
  const Row low = at(0), high = at(lanes<T>);
  const Batch<T> o0 = Winograd<T>::template second<0>(low, high, all);
  const Batch<T> o1 = Winograd<T>::template second<1>(low, high, all);
  const Batch<T> o2 = Winograd<T>::template second<0>(at(2), at(2 + lanes<T>), all);
  const Row even = at(side), even_high = at(side + lanes<T>);
  y[0] = o0 - o1;
  y[1] = o1;
  y[2] = o2 - o1;
  y[3] = Winograd<T>::template second<0>(even, even_high, all);
  y[4] = Winograd<T>::template second<1>(even, even_high, all);
}

template <class T>
void halving_source(const WinogradSource<T>& p) {
  const std::int64_t columns = p.columns, positions = p.rows * columns, y_step = p.y_step;
  const std::int64_t of_o = 2 * p.rows + 1, side = p.x_row / 2;
  // As without strides: rows are dense, those of o0 and o1 in turn, then those of e0 and e1.
  const std::int64_t set = 5 * p.work_step;
  for (std::int64_t row = 0; row < of_o + 2 * p.rows; ++row) {
    const T* const x = p.x + row * p.x_row;
    const std::int64_t of = row < of_o ? row : row - of_o;
    T* const to = p.work + ((row < of_o ? 0 : 2) + of % 2) * set + of / 2 * columns;
    for (std::int64_t column = 0; column < columns; column += lanes<T>) {
      Batch<T> d[5];
      halving_row(x + 2 * column, side, d);
#pragma GCC unroll 5
      for (int j = 0; j < 5; ++j) d[j].store_unaligned(to + j * p.work_step + column);
    }
  }
  std::int64_t at = 0;
  for (; at < positions; at += lanes<T>) {
    const T* from = p.work + at;
    T* to = p.y + at;
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j, from += p.work_step, to += y_step) {
      const Batch<T> o0 = Batch<T>::load_unaligned(from);
      const Batch<T> o1 = Batch<T>::load_unaligned(from + set);
      const Batch<T> o2 = Batch<T>::load_unaligned(from + columns);
      (o0 - o1).store_unaligned(to);
      o1.store_unaligned(to + 5 * y_step);
      (o2 - o1).store_unaligned(to + 10 * y_step);
      Batch<T>::load_unaligned(from + 2 * set).store_unaligned(to + 15 * y_step);
      Batch<T>::load_unaligned(from + 3 * set).store_unaligned(to + 20 * y_step);
    }
  }
  fill_places(p, at, 25);
}

// Of an axis w0, w0 + w2, w2, w1.
template <class T>
ATTUNE_INLINE void halving_squares(const T* const (&w)[9], std::int64_t at, std::int64_t count,
                                   T* y, std::int64_t y_step) {
  const auto put = [&](const Batch<T>& value, T* to) ATTUNE_INLINE_LAMBDA {
    if (count >= lanes<T>)
      value.store_unaligned(to);
    else
      store_part<T>(value, to, count);
  };
  Batch<T> rows[4][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) {
    rows[0][j] = Batch<T>::load_unaligned(w[j] + at);
    rows[3][j] = Batch<T>::load_unaligned(w[3 + j] + at);
    rows[2][j] = Batch<T>::load_unaligned(w[6 + j] + at);
    rows[1][j] = rows[0][j] + rows[2][j];
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i, y += 4 * y_step) {
    put(rows[i][0], y);
    put(rows[i][0] + rows[i][2], y + y_step);
    put(rows[i][2], y + 2 * y_step);
    put(rows[i][1], y + 3 * y_step);
  }
}

// Places hold what both results of an axis share in their middle.
template <class T>
bool halving_results(const WinogradResults<T>& p) {
  const Batch<T> bias(p.bias), zero(T(0));
  Batch<T> check = zero;
  for (std::int64_t row = 0; row < p.height; row += 2) {
    const T* const line = p.x + row / 2 * p.columns;
    T* const to = p.y + row * p.y_row;
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = line + column;
      Batch<T> upper[3], lower[3];
#pragma GCC unroll 3
      for (int j = 0; j < 3; ++j, x += p.x_step) {
        const Batch<T> both = Batch<T>::load_unaligned(x + 3 * p.x_step);
        upper[j] = Batch<T>::load_unaligned(x) + both;
        lower[j] = Batch<T>::load_unaligned(x + 6 * p.x_step) + both;
      }
      const Batch<T> y[4] = {upper[0] + upper[1] + bias, upper[2] + upper[1] + bias,
                             lower[0] + lower[1] + bias, lower[2] + lower[1] + bias};
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

}  // namespace
}  // namespace attune::internal
