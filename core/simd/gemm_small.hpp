// Products so small that packing, blocks and threads would cost more than the arithmetic. The sums
// are the chains over k that the blocks compute: which of the two serves changes no bit.
#pragma once

#include "core/scratch.hpp"
#include "core/simd/gemm_copy.hpp"

namespace attune::internal {
namespace {

// Up to 16384 products, half a microsecond: there the blocks' preparations are felt. A panel of B
// over small_k is on the stack.
constexpr std::int64_t small_work = 16384;

template <class T>
bool is_small(const Gemm<T>& p) {
  return p.k <= small_k && p.m <= small_work && p.n <= small_work && p.m * p.n <= small_work &&
         p.m * p.n * p.k <= small_work;
}

// Rows of C that may be stored to in whole batches, several at once; returns how many were
// computed.
template <class T, int width>
std::int64_t whole_rows(const Tile<T>& t, std::int64_t m) {
  constexpr int rows = width == 1 ? 8 : 4;
  const std::int64_t a_row = t.by_rows ? t.a_step : 1, a_col = t.by_rows ? 1 : t.a_step;
  const std::int64_t b_row = t.b_row, c_row = t.c_row;
  const T* a_rows = t.a;
  const First<T> last(t.columns - (width - 1) * lanes<T>);
  T* c = t.c;
  std::int64_t done = 0;
  for (; done + rows <= m; done += rows, a_rows += rows * a_row) {
    Batch<T> sum[rows][width];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
    const T *a = a_rows, *b = t.b;
    for (std::int64_t k = t.k; k > 0; --k, a += a_col, b += b_row) {
      Batch<T> row[width];
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) row[j] = load<T, width>(b, j, last);
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) {
        const Batch<T> value(a[i * a_row]);
#pragma GCC unroll 2
        for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i, c += c_row)
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) store<T, width>(sum[i][j], c, j, last);
  }
  return done;
}

template <class T, int width>
void small_column(Tile<T>& t, std::int64_t m, bool rows_abut) {
  const std::int64_t over = width * lanes<T> - t.columns;
  if (!t.add && !t.bias && (First<T>::free || over == 0 || rows_abut)) {
    std::int64_t whole = m;
    for (std::int64_t left = over; left > 0 && !First<T>::free; left -= t.c_row) --whole;
    const std::int64_t done = whole_rows<T, width>(t, whole);
    t.a += t.by_rows ? done * t.a_step : done;
    t.c += done * t.c_row;
    m -= done;
  }
  if (m > 0) column_of_tiles<T, width>(t, m, rows_abut);
}

template <class T>
void multiply_small(const Gemm<T>& p) {
  alignas(64) T packed[small_k * panel<T>];
  T bias_copy[panel<T>];
  Tile<T> tile{};
  tile.k = p.k;
  const T* a = p.a;
  tile.by_rows = p.a_col == 1;
  tile.a_step = tile.by_rows ? p.a_row : p.a_col;
  if (p.a_col != 1 && p.a_row != 1) {  // contiguous neither way
    T* const copy = static_cast<T*>(scratch(static_cast<std::size_t>(p.m * p.k) * sizeof(T), 1));
    for (std::int64_t k = 0; k < p.k; ++k)
      for (std::int64_t i = 0; i < p.m; ++i) copy[k * p.m + i] = p.a[i * p.a_row + k * p.a_col];
    a = copy;
    tile.a_step = p.m;
  }
  tile.c_row = p.c_row;
  tile.add = p.accumulate;
  const bool rows_abut = p.n <= panel<T> && p.c_row == p.n && !p.accumulate;
  for (std::int64_t j = 0; j < p.n; j += panel<T>) {
    tile.columns = p.n - j < panel<T> ? p.n - j : panel<T>;
    const T* const b = p.b + j * p.b_col;
    tile.whole_b = true;
    if (p.b_col == 1 && (First<T>::free || tile.columns % lanes<T> == 0)) {
      tile.b = b;
      tile.b_row = p.b_row;
      tile.whole_b = tile.columns % lanes<T> == 0;
    } else {
      tile.b = packed;
      tile.b_row = tile.columns <= lanes<T> ? lanes<T> : panel<T>;
      if (tile.columns < tile.b_row) {
        for (std::int64_t i = 0; i < p.k * tile.b_row; i += lanes<T>)
          Batch<T>(T(0)).store_aligned(packed + i);
      }
      copy_matrix<T>(p.k, tile.columns, b, p.b_row, p.b_col, packed, tile.b_row);
    }
    tile.bias = whole_bias<T>(p.bias ? p.bias + j : nullptr, tile.columns, bias_copy);
    tile.a = a;
    tile.c = p.c + j;
    if (tile.columns <= lanes<T>)
      small_column<T, 1>(tile, p.m, rows_abut);
    else
      small_column<T, 2>(tile, p.m, rows_abut);
  }
}

}  // namespace
}  // namespace attune::internal
