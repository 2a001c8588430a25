// The derivative by the weight by tiles: squares of g, and what their products become in the end.
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

template <class T>
void winograd_slopes(const WinogradSlopes<T>& p) {
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  const std::int64_t y_step = p.y_step;
  const Batch<T> zero(T(0));
  using Row = typename Winograd<T>::Row;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = p.x + 2 * row * p.x_row + 2 * column;
      Batch<T> g[2][4];
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i, x += p.x_row) {
        const Row low = *reinterpret_cast<const Row*>(x);
        const Row high = *reinterpret_cast<const Row*>(x + lanes<T>);
        const Batch<T> first = Winograd<T>::template second<0>(low, high, all);
        const Batch<T> second = Winograd<T>::template second<1>(low, high, all);
        g[i][0] = first;
        g[i][1] = first + second;
        g[i][2] = first - second;
        g[i][3] = zero - second;
      }
      T* to = p.y + row * p.columns + column;
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j, to += y_step) {
        g[0][j].store_unaligned(to);
        (g[0][j] + g[1][j]).store_unaligned(to + 4 * y_step);
        (g[0][j] - g[1][j]).store_unaligned(to + 8 * y_step);
        (zero - g[1][j]).store_unaligned(to + 12 * y_step);
      }
    }
  }
}

template <class T>
bool winograd_gradient(const WinogradGradient<T>& p) {
  const Batch<T> half(T(0.5));
  T sum = 0;  // of 0 times each: NaN of what is not finite
  for (std::int64_t i = 0; i < p.n; i += lanes<T>) {
    const std::int64_t count = std::min<std::int64_t>(p.n - i, lanes<T>);
    const T* x = p.x + i;
    Batch<T> rows[3][4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j, x += p.x_step) {
      const Batch<T> m1 = half * Batch<T>::load_unaligned(x + 4 * p.x_step);
      const Batch<T> m2 = half * Batch<T>::load_unaligned(x + 8 * p.x_step);
      rows[0][j] = Batch<T>::load_unaligned(x) + (m1 + m2);
      rows[1][j] = m1 - m2;
      rows[2][j] = (m1 + m2) + Batch<T>::load_unaligned(x + 12 * p.x_step);
    }
    alignas(64) T turned[9][lanes<T>];
#pragma GCC unroll 3
    for (int u = 0; u < 3; ++u) {
      const Batch<T> m1 = half * rows[u][1], m2 = half * rows[u][2];
      (rows[u][0] + (m1 + m2)).store_aligned(turned[3 * u]);
      (m1 - m2).store_aligned(turned[3 * u + 1]);
      ((m1 + m2) + rows[u][3]).store_aligned(turned[3 * u + 2]);
    }
    T* const to = p.y + 9 * i;
    for (std::int64_t k = 0; k < count; ++k) {
      for (int tap = 0; tap < 9; ++tap) {
        to[9 * k + tap] = turned[tap][k];
        sum += T(0) * turned[tap][k];
      }
    }
  }
  return sum == 0;
}

}  // namespace
}  // namespace attune::internal
