// Products of a matrix and a vector: the matrix is read once, in the order of its memory.
#pragma once

#include <algorithm>

#include "core/simd/gemm_blocks.hpp"

namespace attune::internal {
namespace {

// Inner products of the rows of x (contiguous) with one or a few vectors: the product with so many
// columns, or of so many rows with a matrix that is contiguous along k.
template <class T>
struct Dots {
  std::int64_t count, k;
  const T* x;
  std::int64_t x_row;
  const T* vectors;
  std::int64_t n_vectors, vector_row, vector_step;
  T* y;  // of row i and vector v at y + i * y_row + v * y_vector
  std::int64_t y_row, y_vector;
  const T* bias;
  std::int64_t bias_row, bias_vector;
  bool accumulate;
  const char* operation;
};

// Rows of a chunk: some microseconds of reading, of long or many vectors fewer; twice as long where
// a thread turns the vectors for itself first. (By one for two: 120 x 4 x 602 took 10.4 us, on one
// core 5.6. Zen 5, chunks of 16, 64 and 256 rows: 120 x 4 x 602 4.56, 4.43, 4.37 us, 2000 x 4 x 600
// 78.3, 76.2, 75.9; a quarter and four times the work as long.)
constexpr std::int64_t dots_of_chunk = 64;
template <class T>
std::int64_t rows_of_chunk(const Dots<T>& d) {
  if (d.vector_step != 1) return 2 * dots_of_chunk;
  constexpr std::int64_t work = 1 << 17;
  const std::int64_t eights = work / d.k / d.n_vectors;
  return eights < 1 ? 8 : smaller(8 * eights, dots_of_chunk);
}

// Rows that go together, and how many running sums each inner product has: all sums take about as
// many registers as there are, and none waits for itself. (One and two vectors by eight rows in
// place of four, Zen 4, us: 251 x 1 x 162 2.21 and 1.94, 800 x 1 x 32 2.40 and 1.72, 100 x 2 x 100
// .93 and .79.)
#if defined(__AVX512F__)
constexpr int rows_of_group = 4, rows_of_few = 8;
#else
constexpr int rows_of_group = 2, rows_of_few = 2;
#endif
template <int rows, int vectors>
inline constexpr int sums_of_one = vectors > 2 ? 1 : (rows > 4 ? 2 : 4) / vectors;
constexpr int vectors_at_once = 4;

// sums[r, v] = lanes of the inner product of row r of x and vector v, over one block of k.
template <class T, int rows, int vectors>
ATTUNE_INLINE void dot_lanes(std::int64_t n, const T* x, std::int64_t x_row, const T* vector,
                             std::int64_t vector_row, Batch<T>* sums) {
  constexpr int ways = sums_of_one<rows, vectors>;
  Batch<T> running[rows][vectors][ways];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v)
#pragma GCC unroll 8
      for (int way = 0; way < ways; ++way) running[r][v][way] = Batch<T>(T(0));
  const auto add = [&](int way, const auto& load, std::int64_t k) {
    Batch<T> by[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      by[v] = load(vector + v * vector_row + k);
      if constexpr (rows > 1) by[v] = held<T>(by[v]);
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      Batch<T> row = load(x + r * x_row + k);
      if constexpr (vectors > 1) row = held<T>(row);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) running[r][v][way] = fma<T>(row, by[v], running[r][v][way]);
    }
  };
  const auto whole = [](const T* at) { return Batch<T>::load_unaligned(at); };
  std::int64_t k = 0;
  for (; k + ways * lanes<T> <= n; k += ways * lanes<T>)
#pragma GCC unroll 8
    for (int way = 0; way < ways; ++way) add(way, whole, k + way * lanes<T>);
#pragma GCC unroll 3
  for (int way = 0; way < ways - 1; ++way)
    if (k + lanes<T> <= n) {
      add(way, whole, k);
      k += lanes<T>;
    }
  const std::int64_t rest = n - k;
  if (rest > 0)
    add(
        ways - 1, [rest](const T* at) { return load_part<T>(at, rest, T(0)); }, k);
  constexpr int all = rows * vectors;
#pragma GCC unroll 32
  for (int i = 0; i < all; ++i) {
    const Batch<T>(&way)[ways] = running[i / vectors][i % vectors];
    if constexpr (ways == 4)
      sums[i] = (way[0] + way[1]) + (way[2] + way[3]);
    else if constexpr (ways == 2)
      sums[i] = way[0] + way[1];
    else
      sums[i] = way[0];
  }
}

// y[r, v] = the inner product of row r of x and vector v, over one block of k.
template <class T, int rows, int vectors>
ATTUNE_INLINE void dot_block(std::int64_t n, const T* x, std::int64_t x_row, const T* vector,
                             std::int64_t vector_row, T* y) {
  Batch<T> sums[rows * vectors];
  // Eight rows by one vector as two times four, whose sums are joined together. (Us: 788 x 1 x 136
  // all at once 4.55, so 4.34.)
  constexpr int part = rows > 4 && vectors == 1 ? 4 : rows;
#pragma GCC unroll 8
  for (int r = 0; r < rows; r += part)
    dot_lanes<T, part, vectors>(n, x + r * x_row, x_row, vector, vector_row, sums + r * vectors);
  join_lanes_of<Sum, T, rows * vectors>(sums, y);
}

// The same over all of k: blocks are joined pairwise, as by fold().
template <class T, int rows, int vectors>
void dot_rows(std::int64_t n, const T* x, std::int64_t x_row, const T* vector,
              std::int64_t vector_row, T* y) {
  if (n <= fold_length) return dot_block<T, rows, vectors>(n, x, x_row, vector, vector_row, y);
  const std::int64_t half = fold_half(n);
  T upper[rows * vectors];
  dot_rows<T, rows, vectors>(half, x, x_row, vector, vector_row, y);
  dot_rows<T, rows, vectors>(n - half, x + half, x_row, vector + half, vector_row, upper);
  for (int i = 0; i < rows * vectors; ++i) y[i] += upper[i];
}

template <class T, int rows, int vectors>
void dot_vectors(const Dots<T>& d, std::int64_t row, std::int64_t vector) {
  const T *const x = d.x + row * d.x_row, *const with = d.vectors + vector * d.vector_row;
  if (!d.accumulate && !d.bias && d.y_row == vectors && (vectors == 1 || d.y_vector == 1))
    return dot_rows<T, rows, vectors>(d.k, x, d.x_row, with, d.vector_row,
                                      d.y + row * d.y_row + vector * d.y_vector);
  T sums[rows * vectors];
  dot_rows<T, rows, vectors>(d.k, x, d.x_row, with, d.vector_row, sums);
  for (std::int64_t i = row; i < row + rows; ++i)
    for (std::int64_t v = vector; v < vector + vectors; ++v)
      store_sum(d.y[i * d.y_row + v * d.y_vector], sums[(i - row) * vectors + v - vector],
                d.accumulate, d.bias ? d.bias + i * d.bias_row + v * d.bias_vector : nullptr);
}

// Some rows by one or two vectors.
template <class T, int rows>
void few_dots(const Dots<T>& d, std::int64_t row) {
  d.n_vectors == 1 ? dot_vectors<T, rows, 1>(d, row, 0) : dot_vectors<T, rows, 2>(d, row, 0);
}

// A few rows by all vectors: x comes from memory once, the rows stay in a near cache. Five and six
// vectors go together where there are registers for 24 sums. (438 x 5 x 124 as four and one 9.0 us,
// at once 7.7.)
template <class T, int rows>
void dot_group(const Dots<T>& d, std::int64_t row) {
  constexpr int most = rows == 4 ? 6 : vectors_at_once;
  std::int64_t v = 0;
  for (; d.n_vectors - v > most || d.n_vectors - v == vectors_at_once; v += vectors_at_once)
    dot_vectors<T, rows, vectors_at_once>(d, row, v);
  const std::int64_t left = d.n_vectors - v;
  if constexpr (most > vectors_at_once) {
    if (left == 6) dot_vectors<T, rows, 6>(d, row, v);
    if (left == 5) dot_vectors<T, rows, 5>(d, row, v);
  }
  if (left == 3) dot_vectors<T, rows, 3>(d, row, v);
  if (left == 2) dot_vectors<T, rows, 2>(d, row, v);
  if (left == 1) dot_vectors<T, rows, 1>(d, row, v);
}

// Rows first..end.
template <class T>
void dots_of_rows(const Dots<T>& d, std::int64_t first, std::int64_t end) {
  std::int64_t i = first;
  if (rows_of_few > rows_of_group && d.n_vectors <= 2)
    for (; i + rows_of_few <= end; i += rows_of_few) few_dots<T, rows_of_few>(d, i);
  for (; i + rows_of_group <= end; i += rows_of_group) dot_group<T, rows_of_group>(d, i);
  if constexpr (rows_of_group > 2)
    for (; i + 2 <= end; i += 2) dot_group<T, 2>(d, i);
  for (; i < end; ++i) dot_group<T, 1>(d, i);
}

// Vectors whose elements lie apart, brought into rows.
template <class T>
void turn_vectors(Dots<T>& d) {
  if (d.vector_step == 1) return;
  T* const packed = scratch_of<T>(d.n_vectors * d.k, 0, d.operation);
  copy_matrix<T>(d.n_vectors, d.k, d.vectors, d.vector_row, d.vector_step, packed, d.k);
  d.vectors = packed;
  d.vector_row = d.k;
}

template <class T>
void dots_chunk(void* context, std::int64_t chunk) {
  Dots<T> d = *static_cast<const Dots<T>*>(context);
  const std::int64_t together = rows_of_chunk(d);
  turn_vectors(d);
  dots_of_rows(d, chunk * together, smaller(d.count, (chunk + 1) * together));
}

// (A few go without a copy of the description, which would wait for fields that were just written,
// 5 ns and more. Groups of rows are those of chunks, all but the last of which are whole groups.)
template <class T>
void dots(Dots<T>&& d) {
  const std::int64_t work = d.count * d.k * d.n_vectors;
  if (work >= serial_work)
    return run_chunks(up_or_one(d.count, rows_of_chunk(d)), work, d, dots_chunk<T>);
  turn_vectors(d);
  dots_of_rows(d, 0, d.count);
}

// One row times a matrix whose rows are contiguous: sums of some columns stay in the first-level
// cache while rows of the matrix pass, a few at a time. k is cut as for tiles.
template <class T>
struct RowProduct {
  const Gemm<T>& p;
  const T* x;            // contiguous
  std::int64_t columns;  // of a chunk
};

// A row of B is read in pieces of so many columns, long ones where four threads have one each. (Zen
// 5, us, in pieces of 256 and so: 1 x 3000 x 200 29.3 and 27.4, 1 x 4000 x 4000 1760 and 1550.)
constexpr std::int64_t fewest_columns = 256, most_columns = 1024;
// So that a sum is loaded and stored once in 8. (4, 8 and 16 rows: 1 x 4000 x 4000 1900, 1590, 2930
// us.)
constexpr int rows_at_once = 8;

template <class T, int rows>
ATTUNE_INLINE void add_rows(std::int64_t n, const T* x, const T* b, std::int64_t b_row, T* sums) {
  Batch<T> factor[rows];
  for (int r = 0; r < rows; ++r) factor[r] = Batch<T>(x[r]);
  std::int64_t j = 0;
  for (; j + lanes<T> <= n; j += lanes<T>) {
    Batch<T> sum = Batch<T>::load_aligned(sums + j);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
      sum = fma<T>(factor[r], Batch<T>::load_unaligned(b + r * b_row + j), sum);
    sum.store_aligned(sums + j);
  }
  if (j == n) return;
  Batch<T> sum = Batch<T>::load_aligned(sums + j);
  for (int r = 0; r < rows; ++r)
    sum = fma<T>(factor[r], load_part<T>(b + r * b_row + j, n - j, T(0)), sum);
  sum.store_aligned(sums + j);
}

template <class T>
void row_chunk(void* context, std::int64_t chunk) {
  const RowProduct<T>& row = *static_cast<const RowProduct<T>*>(context);
  const Gemm<T>& p = row.p;
  const std::int64_t first = chunk * row.columns, n = smaller(row.columns, p.n - first);
  constexpr std::int64_t block = k_bytes / static_cast<std::int64_t>(sizeof(T));
  alignas(64) T totals[most_columns], sums[most_columns];
  const std::int64_t whole = (n + lanes<T> - 1) / lanes<T> * lanes<T>;
  std::fill_n(totals, whole, T(0));
  for (std::int64_t k = 0; k < p.k;) {
    const std::int64_t end = smaller(p.k, k + block);
    const T* b = p.b + first + k * p.b_row;
    std::fill_n(sums, whole, T(0));
    for (; k + rows_at_once <= end; k += rows_at_once, b += rows_at_once * p.b_row)
      add_rows<T, rows_at_once>(n, row.x + k, b, p.b_row, sums);
    for (; k < end; ++k, b += p.b_row) add_rows<T, 1>(n, row.x + k, b, p.b_row, sums);
    for (std::int64_t j = 0; j < n; ++j) totals[j] += sums[j];
  }
  for (std::int64_t j = 0; j < n; ++j)
    store_sum(p.c[first + j], totals[j], p.accumulate, p.bias ? p.bias + first + j : nullptr);
}

template <class T>
void row_product(const Gemm<T>& p) {
  const std::int64_t fours = up_or_one(p.n, 4 * fewest_columns);
  RowProduct<T> row{p, p.a, smaller(fours * fewest_columns, most_columns)};
  if (p.a_col != 1) {
    T* const packed = scratch_of<T>(p.k, 0, p.operation);
    for (std::int64_t k = 0; k < p.k; ++k) packed[k] = p.a[k * p.a_col];
    row.x = packed;
  }
  run_chunks(up_or_one(p.n, row.columns), p.n * p.k, row, row_chunk<T>);
}

}  // namespace
}  // namespace attune::internal
