// The innermost part of the matrix product: a tile of C that stays in registers while k runs, and
// the copies that bring panels of A and B into the order in which a tile reads them.
#pragma once

#include <cstdint>
#include <utility>

#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// Rows of a tile that is 2 or 1 batches wide: as many running sums as the registers hold beside two
// batches of B and one value of A.
template <int width>
#if defined(__AVX512F__)
inline constexpr int tile_rows = 14;
#elif defined(__AVX2__)
inline constexpr int tile_rows = width == 2 ? 6 : 12;
#elif defined(__aarch64__)
inline constexpr int tile_rows = width == 2 ? 8 : 14;
#else
inline constexpr int tile_rows = width == 2 ? 4 : 8;
#endif

template <class T>
inline constexpr int panel = 2 * lanes<T>;  // columns of a packed panel of B

template <class T>
struct Tile {
  std::int64_t k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;  // row k at b + k * b_row, whole batches
  std::int64_t b_row;
  T* c;
  std::int64_t c_row, columns;  // columns: how many of the tile's are C's
  const T* bias;                // of the tile's first column, whole batches, or null
  bool add;                     // to what C holds
  bool whole;                   // C may be stored to in whole batches
};

// The sums of a tile whose last batch is not whole. They are added one by one: a sum of two numbers
// is the same bits in a batch.
template <class T, int width>
void store_narrow(const Tile<T>& t, int rows, const T* sums) {
  T* c = t.c;
  for (; rows > 0; --rows, c += t.c_row, sums += width * lanes<T>) {
    if (!t.add && !t.bias) {
      copy_part<width * lanes<T>>(sums, c, t.columns);
      continue;
    }
    for (std::int64_t j = 0; j < t.columns; ++j) {
      T value = sums[j];
      if (t.add) value += c[j];
      if (t.bias) value += t.bias[j];
      c[j] = value;
    }
  }
}

template <class T, int rows, int width>
void run_tile(const Tile<T>& t) {
  Batch<T> sum[rows][width];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));

  const T *a = t.a, *b = t.b;
  const std::int64_t a_row = t.a_row, a_col = t.a_col, b_row = t.b_row;
  for (std::int64_t k = t.k; k > 0; --k) {
    Batch<T> row[width];
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) row[j] = Batch<T>::load_unaligned(b + j * lanes<T>);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Batch<T> value(a[i * a_row]);
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
    }
    a += a_col;
    b += b_row;
  }

  if (!t.whole) {
    alignas(64) T sums[rows][width * lanes<T>];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j].store_aligned(sums[i] + j * lanes<T>);
    return store_narrow<T, width>(t, rows, sums[0]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    T* c = t.c + i * t.c_row;
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) {
      Batch<T> value = sum[i][j];
      if (t.add) value += Batch<T>::load_unaligned(c + j * lanes<T>);
      if (t.bias) value += Batch<T>::load_unaligned(t.bias + j * lanes<T>);
      value.store_unaligned(c + j * lanes<T>);
    }
  }
}

template <class T>
using TileFunction = void (*)(const Tile<T>&);

template <class T, int width, int... i>
constexpr TileFunction<T> pick_tile(int rows, std::integer_sequence<int, i...>) {
  constexpr TileFunction<T> functions[] = {run_tile<T, i + 1, width>...};
  return functions[rows - 1];
}

// The function for a tile of 1..tile_rows<width> rows.
template <class T, int width>
TileFunction<T> tile_function(int rows) {
  return pick_tile<T, width>(rows, std::make_integer_sequence<int, tile_rows<width>>());
}

// `rows` rows of C from `tile` on, in tiles of nearly equal height. Where a row of C ends within a
// batch and the next begins there, to be written later, batches are stored whole (`rows_abut`).
template <class T, int width>
void column_of_tiles(Tile<T> tile, std::int64_t rows, bool rows_abut) {
  const std::int64_t over = width * lanes<T> - tile.columns;
  const auto all = static_cast<std::uint32_t>(rows);  // a wide division takes twice as long
  const std::uint32_t tiles = (all + tile_rows<width> - 1) / tile_rows<width>;
  const std::uint32_t least = all / tiles, higher = all - least * tiles;
  const auto run = [&](std::uint32_t count, std::uint32_t height) {
    if (count == 0) return;
    const auto function = tile_function<T, width>(static_cast<int>(height));
    for (; count > 0; --count) {
      rows -= height;
      tile.whole = over == 0 || (rows_abut && rows * tile.c_row >= over);
      function(tile);
      tile.a += height * tile.a_row;
      tile.c += height * tile.c_row;
    }
  };
  run(higher, least + 1);
  run(tiles - higher, least);
}

// 4 x 4 elements from rows of x to rows of y, transposed.
template <class T>
ATTUNE_INLINE void transpose_4x4(const T* x, std::int64_t x_row, T* y, std::int64_t y_row) {
  typedef T Four __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T)), may_alias));
  const Four x0 = *reinterpret_cast<const Four*>(x);
  const Four x1 = *reinterpret_cast<const Four*>(x + x_row);
  const Four x2 = *reinterpret_cast<const Four*>(x + 2 * x_row);
  const Four x3 = *reinterpret_cast<const Four*>(x + 3 * x_row);
  const Four low01 = __builtin_shufflevector(x0, x1, 0, 4, 1, 5);
  const Four low23 = __builtin_shufflevector(x2, x3, 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(x0, x1, 2, 6, 3, 7);
  const Four high23 = __builtin_shufflevector(x2, x3, 2, 6, 3, 7);
  *reinterpret_cast<Four*>(y) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(y + y_row) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  *reinterpret_cast<Four*>(y + 2 * y_row) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(y + 3 * y_row) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

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
  } else {
    std::int64_t i = 0;
    const std::int64_t n4 = x_row == 1 ? n / 4 * 4 : 0;
    for (; n4 && i + 4 <= m; i += 4) {
      for (std::int64_t j = 0; j < n4; j += 4)
        transpose_4x4<T>(x + i + j * x_col, x_col, y + i * y_row + j, y_row);
      for (std::int64_t r = i; r < i + 4; ++r)
        for (std::int64_t j = n4; j < n; ++j) y[r * y_row + j] = x[r + j * x_col];
    }
    for (; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) y[i * y_row + j] = x[i * x_row + j * x_col];
  }
}

// A panel of B: m rows of panel<T> columns, those from n on are 0.
template <class T>
void pack_panel(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, std::int64_t x_col,
                T* y) {
  if (n < panel<T>) {
    for (std::int64_t i = 0; i < m; ++i) {
      Batch<T>(T(0)).store_aligned(y + i * panel<T>);
      Batch<T>(T(0)).store_aligned(y + i * panel<T> + lanes<T>);
    }
  }
  copy_matrix<T>(m, n, x, x_row, x_col, y, panel<T>);
}

}  // namespace
}  // namespace attune::internal
