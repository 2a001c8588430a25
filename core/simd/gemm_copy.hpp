// The copies that bring A and B into the order in which a tile of the matrix product reads them.
#pragma once

#include <cstdint>
#include <utility>

#include "core/simd/gemm_tile.hpp"
#include "core/simd/square.hpp"

namespace attune::internal {
namespace {

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
