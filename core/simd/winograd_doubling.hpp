// The derivative by the input of strides of 2, tiles of 4 x 4 results. Along an axis they see three
// elements d of g:
//   y0 = d0 w1, y1 = d0 w2 + d1 w0, y2 = d1 w1, y3 = d1 w2 + d2 w0,
// which are (d0 - d1) w2, d1 (w0 + w2), (d2 - d1) w0, d0 w1 and d1 w1: 25 products for 36.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/winograd_lanes.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

template <class T>
void doubling_source(const WinogradSource<T>& p) {
  using Row = typename Winograd<T>::Row;
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  const std::int64_t columns = p.columns, positions = p.rows * columns, y_step = p.y_step;
  // As without strides: rows are dense, the even ones, then the odd ones.
  const std::int64_t odd = 4 * p.work_step;
  for (std::int64_t row = 0; row < 2 * p.rows + 1; ++row) {
    const T* const x = p.x + row * p.x_row;
    T* const to = p.work + row % 2 * odd + row / 2 * columns;
    for (std::int64_t column = 0; column < columns; column += lanes<T>) {
      const auto at = [&](std::int64_t i) {
        return *reinterpret_cast<const Row*>(x + 2 * column + i);
      };
      const Row low = at(0), high = at(lanes<T>);
      const Batch<T> d0 = Winograd<T>::template second<0>(low, high, all);
      const Batch<T> d1 = Winograd<T>::template second<1>(low, high, all);
      const Batch<T> d2 = Winograd<T>::template second<0>(at(2), at(2 + lanes<T>), all);
      const Batch<T> d[4] = {d0 - d1, d1, d2 - d1, d0};
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
      (d0 - d1).store_unaligned(to);
      d1.store_unaligned(to + 4 * y_step);
      (d2 - d1).store_unaligned(to + 8 * y_step);
      d0.store_unaligned(to + 12 * y_step);
    }
  }
  fill_places(p, at, 16);
}

// Places of an axis are the five products, in their order.
template <class T>
bool doubling_results(const WinogradResults<T>& p) {
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  constexpr int half = lanes<T> / 2;
  const Batch<T> zero(T(0));
  Batch<T> check = zero;
  for (std::int64_t row = 0; row < p.height; row += 4) {
    const T* const line = p.x + row / 4 * p.columns;
    const std::int64_t rows = std::min<std::int64_t>(p.height - row, 4);
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = line + column;
      Batch<T> down[4][5];
#pragma GCC unroll 5
      for (int j = 0; j < 5; ++j, x += p.x_step) {
        const Batch<T> both = Batch<T>::load_unaligned(x + 5 * p.x_step);
        down[0][j] = Batch<T>::load_unaligned(x + 15 * p.x_step);
        down[1][j] = Batch<T>::load_unaligned(x) + both;
        down[2][j] = Batch<T>::load_unaligned(x + 20 * p.x_step);
        down[3][j] = both + Batch<T>::load_unaligned(x + 10 * p.x_step);
      }
      T* const to = p.y + row * p.y_row + 4 * column;
      const std::int64_t count = p.width - 4 * column;
      Batch<T> finite = zero;
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const Batch<T>(&m)[5] = down[i];
        const Batch<T> y1 = m[0] + m[1], y3 = m[1] + m[2];
        // 0 times what is not finite is NaN, and stays.
        finite = fma<T>(m[3], zero, fma<T>(y1, zero, fma<T>(m[4], zero, fma<T>(y3, zero, finite))));
        if (i >= rows) continue;
        const Batch<T> even[2] = {Winograd<T>::template in_turn<0>(m[3], m[4], all),
                                  Winograd<T>::template in_turn<half>(m[3], m[4], all)};
        const Batch<T> odd[2] = {Winograd<T>::template in_turn<0>(y1, y3, all),
                                 Winograd<T>::template in_turn<half>(y1, y3, all)};
#pragma GCC unroll 2
        for (int k = 0; k < 2; ++k) {
          const std::int64_t first = 2 * k * lanes<T>;
          if (first < count)
            put_pair<T>(Winograd<T>::template in_turn<0>(even[k], odd[k], all),
                        Winograd<T>::template in_turn<half>(even[k], odd[k], all),
                        to + i * p.y_row + first, count - first);
        }
      }
      if (p.columns - column < lanes<T>) finite = first_of<T>(finite, p.columns - column);
      check += finite;
    }
  }
  return all_zero(check);
}

}  // namespace
}  // namespace attune::internal
