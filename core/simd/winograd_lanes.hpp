// What the transforms of the convolution by tiles share: lanes are neighbouring tiles of a row.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

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
};

// What is left of a panel.
template <class T>
ATTUNE_INLINE void fill_places(const WinogradSource<T>& p, std::int64_t at, int places) {
  for (; at < p.end; at += lanes<T>)
    for (int place = 0; place < places; ++place)
      Batch<T>(T(0)).store_unaligned(p.y + place * p.y_step + at);
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

// Squares of 2 x 2 results, row by row, of which `count` columns are results.
template <class T>
ATTUNE_INLINE void put_square(const Batch<T> (&y)[4], T* to, std::int64_t y_row, std::int64_t count,
                              bool two_rows) {
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>();
  constexpr int half = lanes<T> / 2;
  put_pair<T>(Winograd<T>::template in_turn<0>(y[0], y[1], all),
              Winograd<T>::template in_turn<half>(y[0], y[1], all), to, count);
  if (two_rows)
    put_pair<T>(Winograd<T>::template in_turn<0>(y[2], y[3], all),
                Winograd<T>::template in_turn<half>(y[2], y[3], all), to + y_row, count);
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

}  // namespace
}  // namespace attune::internal
