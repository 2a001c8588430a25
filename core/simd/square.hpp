// Squares of elements, transposed in registers: for the copies of the matrix product and for rows
// that are reduced side by side.
#pragma once

#include <cstdint>
#include <utility>

#include "core/simd/part.hpp"

namespace attune::internal {
namespace {

// The lanes of a batch as a vector of the compiler's own, at any address.
template <class T>
struct Lanes {
  typedef T Row __attribute__((vector_size(lanes<T> * sizeof(T)), aligned(sizeof(T)), may_alias));
};
template <class T>
using Row = typename Lanes<T>::Row;

template <class T, int... i>
ATTUNE_INLINE Batch<T> shuffled(const Batch<T>& a, const Batch<T>& b) {
  return __builtin_bit_cast(
      Register<T>,
      __builtin_shufflevector(__builtin_bit_cast(Row<T>, a), __builtin_bit_cast(Row<T>, b), i...));
}

// A square of lanes<T> x lanes<T> elements from rows of x to rows of y, transposed. Pieces of 128
// bits of rows that lie `piece` apart fill a batch as they are read, which leaves squares of
// piece x piece within batches: their row i and the one half a square below are shuffled into one
// another, as often as halving leads to 1. (16 x 16 floats are 32 shuffles, of whole rows 64. Zen
// 4: with this, addresses in registers and lines that are asked for, copying is 2.2 % of mlp_step,
// was 3.5; of transformer_step 1.6, was 2.5.)
template <class T>
struct Square {
  static constexpr int n = lanes<T>, piece = 16 / static_cast<int>(sizeof(T));

  // Of `count` rows only, the first: y has so many columns.
  static ATTUNE_INLINE void transpose(const T* x, std::int64_t x_row, T* y, std::int64_t y_row,
                                      int count = n) {
    // (Or the compiler counts on with a pointer for each row, most of them in memory.)
    __asm__("" : "+r"(x), "+r"(y));
    Batch<T> rows[n / piece][piece];
#pragma GCC unroll 4
    for (int i = 0; i < piece; ++i) {
      const T* pieces[n / piece];
#pragma GCC unroll 4
      for (int k = 0; k < n / piece; ++k) {
        const int row = i + k * piece;
        pieces[k] = x + (row < count ? row : 0) * x_row;
      }
#pragma GCC unroll 4
      for (int k = 0; k < n / piece; ++k) rows[k][i] = gathered(pieces, k * piece);
    }
#pragma GCC unroll 4
    for (int k = 0; k < n / piece; ++k) turn(rows[k]);
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i, y += y_row) {
      if (count == n)
        rows[i / piece][i % piece].store_unaligned(y);
      else
        store_part<T>(rows[i / piece][i % piece], y, count);
    }
  }

  // The first `piece` columns of n rows, a batch each.
  static ATTUNE_INLINE void columns(const T* x, std::int64_t x_row, Batch<T>* y) {
    Batch<T> rows[piece];
#pragma GCC unroll 4
    for (int i = 0; i < piece; ++i) {
      const T* pieces[n / piece];
#pragma GCC unroll 4
      for (int k = 0; k < n / piece; ++k) pieces[k] = x + (i + k * piece) * x_row;
      rows[i] = gathered(pieces, 0);
    }
    turn(rows);
#pragma GCC unroll 4
    for (int i = 0; i < piece; ++i) y[i] = rows[i];
  }

 private:
  // 128 bits from each place, `column` elements further. (gcc 12 makes shuffles in registers of
  // __builtin_shufflevector here.)
  static ATTUNE_INLINE Batch<T> gathered(const T* const (&pieces)[n / piece], int column) {
#if defined(__AVX2__)
    const auto at = [&](int i) ATTUNE_INLINE_LAMBDA {
      return _mm_loadu_ps(reinterpret_cast<const float*>(pieces[i] + column));
    };
#if defined(__AVX512F__) && !defined(ATTUNE_HALF_BATCHES)
    __m512 all = _mm512_castps128_ps512(at(0));
    all = _mm512_insertf32x4(all, at(1), 1);
    all = _mm512_insertf32x4(all, at(2), 2);
    return __builtin_bit_cast(Register<T>, _mm512_insertf32x4(all, at(3), 3));
#else
    return __builtin_bit_cast(Register<T>,
                              _mm256_insertf128_ps(_mm256_castps128_ps256(at(0)), at(1), 1));
#endif
#else
    return Batch<T>::load_unaligned(pieces[0] + column);
#endif
  }
  // Transposes the squares of piece x piece that lie side by side in `rows`.
  static ATTUNE_INLINE void turn(Batch<T> (&rows)[piece]) {
    Batch<T> next[piece];
#pragma GCC unroll 2
    for (int part = piece; part > 1; part /= 2) {
#pragma GCC unroll 2
      for (int i = 0; i < piece / 2; ++i) {
        next[2 * i] = in_pieces<0>(rows[i], rows[i + piece / 2]);
        next[2 * i + 1] = in_pieces<piece / 2>(rows[i], rows[i + piece / 2]);
      }
#pragma GCC unroll 4
      for (int i = 0; i < piece; ++i) rows[i] = next[i];
    }
  }
  // The elements of two batches in turn, in each 128 bits from `first` of them on.
  template <int first>
  static ATTUNE_INLINE Batch<T> in_pieces(const Batch<T>& a, const Batch<T>& b) {
    return [&]<int... i>(std::integer_sequence<int, i...>) ATTUNE_INLINE_LAMBDA {
      return shuffled<T, i / piece * piece + first + i % piece / 2 + i % 2 * n...>(a, b);
    }
    (std::make_integer_sequence<int, n>());
  }
};

}  // namespace
}  // namespace attune::internal
