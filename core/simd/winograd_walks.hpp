// The walks of the convolution by tiles over squares of the source, of the weights and of results,
// which serve every form: lanes are neighbouring tiles of a row, or results.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/winograd_forms.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// Two batches of a row, of which `count` elements are results.
template <class T>
ATTUNE_INLINE void put_pair(const Batch<T>& low, const Batch<T>& high, T* y, std::int64_t count) {
  store_up_to<T>(low, y, count);
  if (count > lanes<T>) store_up_to<T>(high, y + lanes<T>, count - lanes<T>);
}

// The results of a row of tiles, those of a tile side by side.
template <class T>
ATTUNE_INLINE void put_row(const Batch<T> (&y)[2], T* to, std::int64_t count) {
  constexpr int half = lanes<T> / 2;
  put_pair<T>(alternate<T, 0>(y[0], y[1]), alternate<T, half>(y[0], y[1]), to, count);
}
template <class T>
ATTUNE_INLINE void put_row(const Batch<T> (&y)[4], T* to, std::int64_t count) {
  constexpr int half = lanes<T> / 2;
  put_row<T>({alternate<T, 0>(y[0], y[2]), alternate<T, 0>(y[1], y[3])}, to, count);
  if (count > 2 * lanes<T>)
    put_row<T>({alternate<T, half>(y[0], y[2]), alternate<T, half>(y[1], y[3])}, to + 2 * lanes<T>,
               count - 2 * lanes<T>);
}

// The first `count` of the lanes, the others 0.
template <class T>
ATTUNE_INLINE Batch<T> first_of(const Batch<T>& x, std::int64_t count) {
  alignas(64) static constexpr T index[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return xsimd::select(Batch<T>::load_aligned(index) < Batch<T>(static_cast<T>(count)), x,
                       Batch<T>(T(0)));
}

// Whether no lane has seen a number that is not finite.
template <class T>
ATTUNE_INLINE bool all_zero(const Batch<T>& check) {
  alignas(64) T last[lanes<T>];
  check.store_aligned(last);
  T sum = 0;
  for (const T value : last) sum += value;
  return sum == 0;
}

// Which set of an axis' elements number i belongs to, and as which of them: those in turn are two
// sets, those of even and of odd places, and so are the others.
ATTUNE_INLINE std::int64_t set_of(std::int64_t i, std::int64_t in_turn) {
  return i < in_turn ? i % 2 : 2 + (i - in_turn) % 2;
}
ATTUNE_INLINE std::int64_t place_in_set(std::int64_t i, std::int64_t in_turn) {
  return (i < in_turn ? i : i - in_turn) / 2;
}

// Of a copy come first the rows whose elements are in turn, then the others, if there are any, and
// of the columns too: a row's others stand half of it behind.
template <class T, class Form>
void winograd_source(const WinogradSource<T>& p) {
  constexpr int n = Form::sources;
  // Rows of d B in sets, those of even places, then those of odd ones, each as dense as places:
  // what a row's last batch holds too much is written over by the next row. Places then fill whole
  // batches, whose stores are what the time goes to. (64 -> 64, 28 x 28, stores of a row of 14
  // tiles: 1.2 ms.)
  const std::int64_t columns = p.columns, y_step = p.y_step;
  const std::int64_t set_step = n * p.work_step, side = p.x_row / 2;
  const std::int64_t in_turn = 2 * p.rows + Form::in_turn - 2;
  const std::int64_t rows = in_turn + (Form::seen > Form::in_turn ? 2 * p.rows : 0);
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* const x = p.x + row * p.x_row;
    T* const to = p.work + set_of(row, in_turn) * set_step + place_in_set(row, in_turn) * columns;
    for (std::int64_t column = 0; column < columns; column += lanes<T>) {
      Batch<T> d[Form::seen], y[n];
#pragma GCC unroll 5
      for (int k = 0; k < Form::seen; ++k) {
        const T* const from =
            x + 2 * column + 2 * place_in_set(k, Form::in_turn) + (k < Form::in_turn ? 0 : side);
        const Batch<T> low = Batch<T>::load_unaligned(from);
        const Batch<T> high = Batch<T>::load_unaligned(from + lanes<T>);
        d[k] = set_of(k, Form::in_turn) % 2 == 0 ? every_second<T, 0>(low, high)
                                                 : every_second<T, 1>(low, high);
      }
      Form::source(d, y);
#pragma GCC unroll 5
      for (int j = 0; j < n; ++j) y[j].store_unaligned(to + j * p.work_step + column);
    }
  }
  std::int64_t at = 0;
  for (; at < p.count; at += lanes<T>) {
    const T* from = p.work + p.skip + at;
    T* to = p.y + at;
#pragma GCC unroll 5
    for (int j = 0; j < n; ++j, from += p.work_step, to += y_step) {
      Batch<T> d[Form::seen], y[n];
#pragma GCC unroll 5
      for (int k = 0; k < Form::seen; ++k)
        d[k] = Batch<T>::load_unaligned(from + set_of(k, Form::in_turn) * set_step +
                                        place_in_set(k, Form::in_turn) * columns);
      Form::source(d, y);
#pragma GCC unroll 5
      for (int i = 0; i < n; ++i) y[i].store_unaligned(to + i * n * y_step);
    }
  }
  // What is left of a panel.
  for (; at < p.end; at += lanes<T>)
    for (int place = 0; place < n * n; ++place)
      Batch<T>(T(0)).store_unaligned(p.y + place * y_step + at);
}

template <class T, class Form>
bool winograd_results(const WinogradResults<T>& p) {
  constexpr int n = Form::products, size = Form::results;
  const Batch<T> bias(p.bias), zero(T(0));
  Batch<T> check = zero;
  for (std::int64_t row = 0; row < p.height; row += size) {
    const T* const line = p.x + row / size * p.columns;
    for (std::int64_t column = 0; column < p.columns; column += lanes<T>) {
      const T* x = line + column;
      Batch<T> rows[size][n];
#pragma GCC unroll 5
      for (int j = 0; j < n; ++j, x += p.x_step) {
        Batch<T> m[n], y[size];
#pragma GCC unroll 5
        for (int i = 0; i < n; ++i) m[i] = Batch<T>::load_unaligned(x + i * n * p.x_step);
        Form::result(m, y);
#pragma GCC unroll 4
        for (int i = 0; i < size; ++i) rows[i][j] = y[i];
      }
      T* to = p.y + row * p.y_row + size * column;
      Batch<T> finite = zero;
#pragma GCC unroll 4
      for (int i = 0; i < size; ++i, to += p.y_row) {
        Batch<T> y[size];
        Form::result(rows[i], y);
#pragma GCC unroll 4
        for (int k = 0; k < size; ++k) {
          if (Form::has_bias) y[k] += bias;
          finite = fma<T>(y[k], zero, finite);  // 0 times what is not finite is NaN, and stays
        }
        if (row + i < p.height) put_row<T>(y, to, p.width - size * column);
      }
      if (p.columns - column < lanes<T>) finite = first_of<T>(finite, p.columns - column);
      check += finite;
    }
  }
  return all_zero(check);
}

// Places of the weights of a batch of results, w[3 * i + j] at w + taps[...].
template <class T, class Form>
ATTUNE_INLINE void winograd_square(const T* const (&w)[9], std::int64_t at, std::int64_t count,
                                   T* y, std::int64_t y_step) {
  Batch<T> rows[4][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) {
    const Batch<T> column[3] = {Batch<T>::load_unaligned(w[j] + at),
                                Batch<T>::load_unaligned(w[3 + j] + at),
                                Batch<T>::load_unaligned(w[6 + j] + at)};
    Batch<T> places[4];
    Form::weights(column, places);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) rows[i][j] = places[i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    Batch<T> places[4];
    Form::weights(rows[i], places);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j, y += y_step) store_up_to<T>(places[j], y, count);
  }
}

}  // namespace
}  // namespace attune::internal
