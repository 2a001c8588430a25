// The transforms of the convolution by tiles. Lanes are neighbouring tiles of a row, or results.
#pragma once

#include <algorithm>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

template <class T>
struct Winograd {
  static constexpr int n = lanes<T>;
  typedef T Row __attribute__((vector_size(n * sizeof(T)), aligned(sizeof(T)), may_alias));

  // Every second element of two batches, from `first` on.
  template <int first, int... i>
  static ATTUNE_INLINE Batch<T> second(const Row& a, const Row& b,
                                       std::integer_sequence<int, i...>) {
    return __builtin_bit_cast(Register<T>, __builtin_shufflevector(a, b, (2 * i + first)...));
  }
  // Elements of two batches in turn, from lane `first` on.
  template <int first, int... i>
  static ATTUNE_INLINE Batch<T> in_turn(const Batch<T>& a, const Batch<T>& b,
                                        std::integer_sequence<int, i...>) {
    return __builtin_bit_cast(
        Register<T>, __builtin_shufflevector(__builtin_bit_cast(Row, a), __builtin_bit_cast(Row, b),
                                             (first + i / 2 + i % 2 * n)...));
  }

  // A row d of the squares, as d B.
  static ATTUNE_INLINE void turn_row(const T* x, Batch<T> (&y)[4]) {
    constexpr auto all = std::make_integer_sequence<int, n>();
    Batch<T> d[4];
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2) {
      const Row low = *reinterpret_cast<const Row*>(x + i);
      const Row high = *reinterpret_cast<const Row*>(x + i + n);
      d[i] = second<0>(low, high, all);
      d[i + 1] = second<1>(low, high, all);
    }
    y[0] = d[0] - d[2];
    y[1] = d[1] + d[2];
    y[2] = d[2] - d[1];
    y[3] = d[1] - d[3];
  }
};

template <class T>
void winograd_source(const WinogradSource<T>& p) {
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
      Winograd<T>::turn_row(x + 2 * column, d);
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
  for (; at < p.end; at += lanes<T>)
    for (int place = 0; place < winograd_places; ++place)
      Batch<T>(T(0)).store_unaligned(p.y + place * y_step + at);
}

template <class T, int results>
void winograd_tile(const WinogradProduct<T>& p, const T* x, T* y) {
  constexpr int n = lanes<T>;
  Batch<T> sum[results][2];
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r) sum[r][0] = sum[r][1] = Batch<T>(T(0));
  const T* w = p.w;
  const std::int64_t x_step = p.x_step;
  const auto add = [&](const T* from) ATTUNE_INLINE_LAMBDA {
    const Batch<T> low = Batch<T>::load_aligned(from), high = Batch<T>::load_aligned(from + n);
#pragma GCC unroll 16
    for (int r = 0; r < results; ++r) {
      const Batch<T> weight(w[r]);
      sum[r][0] = fma<T>(weight, low, sum[r][0]);
      sum[r][1] = fma<T>(weight, high, sum[r][1]);
    }
    w += results;
  };
  std::int64_t channels = p.channels;
  for (; channels >= 4; channels -= 4, x += p.x_block) {
    add(x);
    add(x + x_step);
    add(x + 2 * x_step);
    add(x + 3 * x_step);
  }
  for (; channels > 0; --channels, x += x_step) add(x);
  const std::int64_t y_row = p.positions;
  if (p.add) {
    const T* from = y;
#pragma GCC unroll 16
    for (int r = 0; r < results; ++r, from += y_row) {
      sum[r][0] += Batch<T>::load_aligned(from);
      sum[r][1] += Batch<T>::load_aligned(from + n);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r, y += y_row) {
    sum[r][0].store_aligned(y);
    sum[r][1].store_aligned(y + n);
  }
}

template <class T, int results>
void winograd_tiles(const WinogradProduct<T>& p) {
  for (std::int64_t at = 0; at < p.positions; at += panel<T>)
    winograd_tile<T, results>(p, p.x + at, p.y + at);
}

template <class T, int... i>
void pick_winograd_tiles(const WinogradProduct<T>& p, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const WinogradProduct<T>&) = {winograd_tiles<T, i + 1>...};
  functions[p.results - 1](p);
}

template <class T>
void winograd_product(const WinogradProduct<T>& p) {
  pick_winograd_tiles(p, std::make_integer_sequence<int, tile_rows<2>>());
}

// The first `count` of the lanes, the others 0.
template <class T>
ATTUNE_INLINE Batch<T> first_of(const Batch<T>& x, std::int64_t count) {
  alignas(64) static constexpr T index[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return xsimd::select(Batch<T>::load_aligned(index) < Batch<T>(static_cast<T>(count)), x,
                       Batch<T>(T(0)));
}

// Two batches of a row, of which `count` elements are results.
template <class T>
ATTUNE_INLINE void put_pair(const Batch<T>& low, const Batch<T>& high, T* y, std::int64_t count) {
  if (count >= lanes<T>)
    low.store_unaligned(y);
  else
    store_part<T>(low, y, count);
  if (count >= 2 * lanes<T>)
    high.store_unaligned(y + lanes<T>);
  else if (count > lanes<T>)
    store_part<T>(high, y + lanes<T>, count - lanes<T>);
}

template <class T>
bool winograd_results(const WinogradResults<T>& p) {
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
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
      put_pair<T>(Winograd<T>::template in_turn<0>(y[0], y[1], all),
                  Winograd<T>::template in_turn<lanes<T> / 2>(y[0], y[1], all), to + 2 * column,
                  count);
      if (row + 1 < p.height)
        put_pair<T>(Winograd<T>::template in_turn<0>(y[2], y[3], all),
                    Winograd<T>::template in_turn<lanes<T> / 2>(y[2], y[3], all),
                    to + p.y_row + 2 * column, count);
      // 0 times what is not finite is NaN, and stays.
      Batch<T> finite = fma<T>(y[0], zero, y[1] * zero) + fma<T>(y[2], zero, y[3] * zero);
      if (p.columns - column < lanes<T>) finite = first_of<T>(finite, p.columns - column);
      check += finite;
    }
  }
  alignas(64) T last[lanes<T>];
  check.store_aligned(last);
  T sum = 0;
  for (const T value : last) sum += value;
  return sum == 0;
}

// G w G^T of a batch of results: w[3 * i + j] at w + taps[...].
template <class T>
ATTUNE_INLINE void weight_squares(const T* const (&w)[9], std::int64_t at, std::int64_t count, T* y,
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

template <class T>
void winograd_weights(const WinogradWeights<T>& p) {
  // Weights of some channels with results side by side stay in the first-level cache.
  constexpr std::int64_t together = 16;
  alignas(64) T turned[together * 9 * tile_rows<2> + lanes<T>] = {};
  for (std::int64_t first = 0; first < p.channels; first += together) {
    const std::int64_t channels = std::min(together, p.channels - first);
    const T* const from = p.w + first * p.w_channel;
    if (p.w_channel == 9)
      pack_rows<T>(9 * channels, p.results, from, p.w_result, turned);
    else
      for (std::int64_t c = 0; c < channels; ++c)
        pack_rows<T>(9, p.results, from + c * p.w_channel, p.w_result, turned + 9 * c * p.results);
    const T* w[9];
    for (int tap = 0; tap < 9; ++tap) w[tap] = turned + p.taps[tap] * p.results;
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t r = 0; r < p.results; r += lanes<T>)
        weight_squares<T>(w, 9 * c * p.results + r, p.results - r,
                          p.y + (first + c) * p.results + r, p.y_step);
  }
}

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

template <class T>
constexpr WinogradKernels<T> winograd_kernels{.panel = panel<T>,
                                              .most_results = tile_rows<2>,
                                              .weights = winograd_weights<T>,
                                              .source = winograd_source<T>,
                                              .product = winograd_product<T>,
                                              .results = winograd_results<T>,
                                              .slopes = winograd_slopes<T>,
                                              .gradient = winograd_gradient<T>};

}  // namespace
}  // namespace attune::internal
