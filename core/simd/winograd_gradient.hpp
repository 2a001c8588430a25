// The derivative by the weight by tiles: squares of g, and what their products become in the end.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/winograd_forms.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

template <class T, class Form>
void winograd_slopes(const WinogradSlopes<T>& p) {
  constexpr int n = Form::products;
  const std::int64_t y_step = p.y_step;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = p.x + 2 * row * p.x_row + 2 * column;
      Batch<T> rows[2][n];
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i, x += p.x_row) {
        const Batch<T> low = Batch<T>::load_unaligned(x);
        const Batch<T> high = Batch<T>::load_unaligned(x + lanes<T>);
        Form::slopes({every_second<T, 0>(low, high), every_second<T, 1>(low, high)}, rows[i]);
      }
      T* to = p.y + row * p.columns + column;
#pragma GCC unroll 4
      for (int j = 0; j < n; ++j, to += y_step) {
        Batch<T> places[n];
        Form::slopes({rows[0][j], rows[1][j]}, places);
#pragma GCC unroll 4
        for (int i = 0; i < n; ++i) places[i].store_unaligned(to + i * n * y_step);
      }
    }
  }
}

template <class T, class Form>
bool winograd_gradient(const WinogradGradient<T>& p) {
  T sum = 0;  // of 0 times each: NaN of what is not finite
  for (std::int64_t i = 0; i < p.n; i += lanes<T>) {
    const std::int64_t count = std::min<std::int64_t>(p.n - i, lanes<T>);
    const T* x = p.x + i;
    Batch<T> rows[3][4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j, x += p.x_step) {
      Batch<T> m[4], taps[3];
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) m[u] = Batch<T>::load_unaligned(x + 4 * u * p.x_step);
      Form::gradient(m, taps);
#pragma GCC unroll 3
      for (int u = 0; u < 3; ++u) rows[u][j] = taps[u];
    }
    alignas(64) T turned[9][lanes<T>];
#pragma GCC unroll 3
    for (int u = 0; u < 3; ++u) {
      Batch<T> taps[3];
      Form::gradient(rows[u], taps);
#pragma GCC unroll 3
      for (int v = 0; v < 3; ++v) taps[v].store_aligned(turned[3 * u + v]);
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
