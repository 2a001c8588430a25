// The copies that bring A and B into the order in which a tile of the matrix product reads them.
#pragma once

#include <cstdint>
#include <utility>

#include "core/simd/gemm_tile.hpp"

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
// Every second of the lanes of two batches, from `first` on.
template <class T, int first>
ATTUNE_INLINE Batch<T> every_second(const Batch<T>& a, const Batch<T>& b) {
  return [&]<int... i>(std::integer_sequence<int, i...>) ATTUNE_INLINE_LAMBDA {
    return shuffled<T, 2 * i + first...>(a, b);
  }
  (std::make_integer_sequence<int, lanes<T>>());
}
// The lanes of two batches in turn, from `first` on.
template <class T, int first>
ATTUNE_INLINE Batch<T> alternate(const Batch<T>& a, const Batch<T>& b) {
  return [&]<int... i>(std::integer_sequence<int, i...>) ATTUNE_INLINE_LAMBDA {
    return shuffled<T, first + i / 2 + i % 2 * lanes<T>...>(a, b);
  }
  (std::make_integer_sequence<int, lanes<T>>());
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
    for (int k = 0; k < n / piece; ++k) {
      Batch<T> next[piece];
#pragma GCC unroll 2
      for (int part = piece; part > 1; part /= 2) {
#pragma GCC unroll 2
        for (int i = 0; i < piece / 2; ++i) {
          next[2 * i] = in_pieces<0>(rows[k][i], rows[k][i + piece / 2]);
          next[2 * i + 1] = in_pieces<piece / 2>(rows[k][i], rows[k][i + piece / 2]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < piece; ++i) rows[k][i] = next[i];
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i, y += y_row) {
      if (count == n)
        rows[i / piece][i % piece].store_unaligned(y);
      else
        store_part<T>(rows[i / piece][i % piece], y, count);
    }
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
  // The elements of two batches in turn, in each 128 bits from `first` of them on.
  template <int first>
  static ATTUNE_INLINE Batch<T> in_pieces(const Batch<T>& a, const Batch<T>& b) {
    return [&]<int... i>(std::integer_sequence<int, i...>) ATTUNE_INLINE_LAMBDA {
      return shuffled<T, i / piece * piece + first + i % piece / 2 + i % 2 * n...>(a, b);
    }
    (std::make_integer_sequence<int, n>());
  }
};

// y[k * rows + i] = x[i * x_row + k], for i < rows, k < n: a tile of rows that are contiguous.
template <class T>
void pack_rows(std::int64_t n, std::int64_t rows, const T* x, std::int64_t x_row, T* y) {
  constexpr std::int64_t square = lanes<T>;
  for (std::int64_t i = 0; i < rows; i += square) {
    const int count = static_cast<int>(rows - i < square ? rows - i : square);
    const T* const from = x + i * x_row;
    std::int64_t k = 0;
    for (; k + square <= n; k += square)
      Square<T>::transpose(from + k, x_row, y + k * rows + i, rows, count);
    for (; k < n; ++k)
      for (int r = 0; r < count; ++r) y[k * rows + i + r] = from[r * x_row + k];
  }
}

// A few columns that lie side by side, x[k * count + i], to rows y[i * y_row + k].
template <class T, int count>
struct Columns {
  static constexpr int n = lanes<T>;
  // Of column i, lane k: it is in vector `at` / n. Of those before `next` it is there already.
  static constexpr int lane(int i, int next, int k) {
    const int at = k * count + i;
    return at / n == next ? n + at % n : next == 1 && at < n ? at : k;
  }
  template <int i, int next, int... k>
  static ATTUNE_INLINE Row<T> joined(const Row<T>& some, const Row<T>& more,
                                     std::integer_sequence<int, k...>) {
    return __builtin_shufflevector(some, more, lane(i, next, k)...);
  }
  template <int i, int... next>
  static ATTUNE_INLINE void pull(const Row<T> (&x)[count], T* y,
                                 std::integer_sequence<int, next...>) {
    Row<T> column = x[0];
    ((column = joined<i, next + 1>(column, x[next + 1], std::make_integer_sequence<int, n>())),
     ...);
    *reinterpret_cast<Row<T>*>(y) = column;
  }
  template <int... i>
  static ATTUNE_INLINE void step(const T* x, T* y, std::int64_t y_row,
                                 std::integer_sequence<int, i...>) {
    const Row<T> rows[count] = {*reinterpret_cast<const Row<T>*>(x + i * n)...};
    (pull<i>(rows, y + i * y_row, std::make_integer_sequence<int, count - 1>()), ...);
  }
  static void transpose(std::int64_t length, const T* x, T* y, std::int64_t y_row) {
    std::int64_t k = 0;
    for (; k + n <= length; k += n)
      step(x + k * count, y + k, y_row, std::make_integer_sequence<int, count>());
    for (; k < length; ++k)
      for (int i = 0; i < count; ++i) y[i * y_row + k] = x[k * count + i];
  }
};

// How many columns at most: of seven, squares are as fast.
constexpr int dense_columns = 6;

template <class T, int... two_less>
void pull_columns(std::int64_t count, std::int64_t n, const T* x, T* y, std::int64_t y_row,
                  std::integer_sequence<int, two_less...>) {
  ((count == two_less + 2 ? Columns<T, two_less + 2>::transpose(n, x, y, y_row) : void()), ...);
}

// Fewer columns than this are copied one by one.
constexpr std::int64_t part_of_square = 4;

// y[i * y_row + j] = x[i * x_row + j * x_col] for i < m, j < n; where x is contiguous along j or i,
// in vectors.
template <class T>
void copy_matrix(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, std::int64_t x_col,
                 T* y, std::int64_t y_row) {
  if (x_col == 1 && n == panel<T>) {
    for (std::int64_t i = 0; i < m; ++i, x += x_row, y += y_row) {
      Batch<T>::load_unaligned(x).store_unaligned(y);
      Batch<T>::load_unaligned(x + lanes<T>).store_unaligned(y + lanes<T>);
    }
  } else if (x_col == 1 && n < panel<T>) {
    for (std::int64_t i = 0; i < m; ++i, x += x_row, y += y_row) copy_part<panel<T>>(x, y, n);
  } else if (x_col == 1) {
    for (std::int64_t i = 0; i < m; ++i, x += x_row, y += y_row)
      __builtin_memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
  } else if (x_row == 1 && x_col == m && m > 1 && m <= dense_columns) {
    pull_columns(m, n, x, y, y_row, std::make_integer_sequence<int, dense_columns - 1>());
  } else {
    constexpr std::int64_t square = lanes<T>;
    std::int64_t i = 0;
    const bool by_squares = x_row == 1 && n >= part_of_square;
    const std::int64_t whole = by_squares ? n / square * square : 0;
    for (; by_squares && i + square <= m; i += square) {
      for (std::int64_t j = 0; j < whole; j += square) {
        const T* const from = x + i + j * x_col;
        if (i % line_of<T> == 0) {
#pragma GCC unroll 16
          for (int r = 0; r < square; ++r) fetch_soon(from + 2 * line_of<T> + r * x_col);
        }
        Square<T>::transpose(from, x_col, y + i * y_row + j, y_row);
      }
      if (n - whole >= part_of_square)
        Square<T>::transpose(x + i + whole * x_col, x_col, y + i * y_row + whole, y_row,
                             static_cast<int>(n - whole));
      else
        for (std::int64_t r = i; r < i + square; ++r)
          for (std::int64_t j = whole; j < n; ++j) y[r * y_row + j] = x[r + j * x_col];
    }
    // The last rows by whole squares too, as far as these lie inside of x.
    std::int64_t done = 0;
    if (whole != 0 && m - i > 1) {
      const std::int64_t size = (n - 1) * x_col + m;
      for (; done + square <= n && (done + square - 1) * x_col + i + square <= size;
           done += square) {
        alignas(64) T rows[square * square];
        Square<T>::transpose(x + i + done * x_col, x_col, rows, square);
        for (std::int64_t r = i; r < m; ++r)
          Batch<T>::load_aligned(rows + (r - i) * square).store_unaligned(y + r * y_row + done);
      }
    }
    for (; i < m; ++i)
      for (std::int64_t j = done; j < n; ++j) y[i * y_row + j] = x[i * x_row + j * x_col];
  }
}

// A panel of B: m rows of panel<T> columns, those from n on are 0, as far as a tile reads them.
template <class T>
void pack_panel(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, std::int64_t x_col,
                T* y) {
  if (n < panel<T> && n != lanes<T>) {
    T* const last = y + (n < lanes<T> ? 0 : lanes<T>);
    for (std::int64_t i = 0; i < m; ++i) Batch<T>(T(0)).store_aligned(last + i * panel<T>);
  }
  copy_matrix<T>(m, n, x, x_row, x_col, y, panel<T>);
}

}  // namespace
}  // namespace attune::internal
