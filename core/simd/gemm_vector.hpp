// Products of a matrix and a vector: the matrix is read once, in the order of its memory.
#pragma once

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
};

constexpr std::int64_t dots_of_chunk = 64;  // rows: some microseconds of reading

// y[r] = the inner product of row r of x and the vector, over one block of k. Several rows at once:
// their sums do not wait for each other, and share the vector.
template <class T, int rows>
ATTUNE_INLINE void dot_block(std::int64_t n, const T* x, std::int64_t x_row, const T* vector,
                             T* y) {
  constexpr int ways = 4;
  Batch<T> running[rows][ways];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int way = 0; way < ways; ++way) running[r][way] = Batch<T>(T(0));
  const auto step = [&](int way, std::int64_t k) {
    const Batch<T> v = Batch<T>::load_unaligned(vector + k);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
      running[r][way] = fma<T>(Batch<T>::load_unaligned(x + r * x_row + k), v, running[r][way]);
  };
  std::int64_t k = 0;
  for (; k + ways * lanes<T> <= n; k += ways * lanes<T>)
#pragma GCC unroll 4
    for (int way = 0; way < ways; ++way) step(way, k + way * lanes<T>);
#pragma GCC unroll 3
  for (int way = 0; way < ways - 1; ++way)
    if (k + lanes<T> <= n) {
      step(way, k);
      k += lanes<T>;
    }
  const std::int64_t rest = n - k;
  if (rest > 0) {
    const Batch<T> v = load_part<T>(vector + k, rest, T(0));
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
      running[r][ways - 1] =
          fma<T>(load_part<T>(x + r * x_row + k, rest, T(0)), v, running[r][ways - 1]);
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r)
    y[r] = join_lanes<Sum, T>((running[r][0] + running[r][1]) + (running[r][2] + running[r][3]));
}

// The same over all of k: blocks are joined pairwise, as by fold().
template <class T, int rows>
void dot_rows(std::int64_t n, const T* x, std::int64_t x_row, const T* vector, T* y) {
  if (n <= fold_length) return dot_block<T, rows>(n, x, x_row, vector, y);
  const std::int64_t half = (n / 2 + fold_length - 1) / fold_length * fold_length;
  T upper[rows];
  dot_rows<T, rows>(half, x, x_row, vector, y);
  dot_rows<T, rows>(n - half, x + half, x_row, vector + half, upper);
  for (int r = 0; r < rows; ++r) y[r] += upper[r];
}

// A few rows by all vectors: x comes from memory once, the rows stay in a near cache.
template <class T, int rows>
void dot_vectors(const Dots<T>& d, std::int64_t first) {
  for (std::int64_t v = 0; v < d.n_vectors; ++v) {
    T sums[rows];
    dot_rows<T, rows>(d.k, d.x + first * d.x_row, d.x_row, d.vectors + v * d.vector_row, sums);
    for (std::int64_t r = 0; r < rows; ++r) {
      store_sum(d.y[(first + r) * d.y_row + v * d.y_vector], sums[r], d.accumulate,
                d.bias ? d.bias + (first + r) * d.bias_row + v * d.bias_vector : nullptr);
    }
  }
}

template <class T>
void dots_chunk(void* context, std::int64_t chunk) {
  constexpr int rows = sizeof(Batch<T>) == 64 ? 4 : 2;  // 16 running sums, or 8 of 16 registers
  const Dots<T>& d = *static_cast<const Dots<T>*>(context);
  const std::int64_t end = smaller(d.count, (chunk + 1) * dots_of_chunk);
  std::int64_t i = chunk * dots_of_chunk;
  for (; i + rows <= end; i += rows) dot_vectors<T, rows>(d, i);
  for (; i < end; ++i) dot_vectors<T, 1>(d, i);
}

template <class T>
void dots(Dots<T> d) {
  if (d.vector_step != 1) {
    T* packed =
        static_cast<T*>(scratch(static_cast<std::size_t>(d.n_vectors * d.k) * sizeof(T), 0));
    for (std::int64_t v = 0; v < d.n_vectors; ++v)
      for (std::int64_t k = 0; k < d.k; ++k)
        packed[v * d.k + k] = d.vectors[v * d.vector_row + k * d.vector_step];
    d.vectors = packed;
    d.vector_row = d.k;
  }
  run_chunks(up(d.count, dots_of_chunk), d.count * d.k * d.n_vectors, d, dots_chunk<T>);
}

// One row times a matrix whose rows are contiguous: sums of some columns stay in the first-level
// cache while rows of the matrix pass, a few at a time. k is cut as for tiles.
template <class T>
struct RowProduct {
  const Gemm<T>& p;
  const T* x;  // contiguous
};

constexpr std::int64_t columns_of_chunk = 256;  // a row of B is read in pieces of a KiB
constexpr int rows_at_once = 8;                 // so that a sum is loaded and stored once in 8

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
  const std::int64_t first = chunk * columns_of_chunk, n = smaller(columns_of_chunk, p.n - first);
  constexpr std::int64_t block = k_bytes / static_cast<std::int64_t>(sizeof(T));
  alignas(64) T totals[columns_of_chunk] = {};
  for (std::int64_t k = 0; k < p.k;) {
    const std::int64_t end = smaller(p.k, k + block);
    const T* b = p.b + first + k * p.b_row;
    alignas(64) T sums[columns_of_chunk] = {};
    for (; k + rows_at_once <= end; k += rows_at_once, b += rows_at_once * p.b_row)
      add_rows<T, rows_at_once>(n, row.x + k, b, p.b_row, sums);
    for (; k < end; ++k, b += p.b_row) add_rows<T, 1>(n, row.x + k, b, p.b_row, sums);
    for (std::int64_t j = 0; j < columns_of_chunk; ++j) totals[j] += sums[j];
  }
  for (std::int64_t j = 0; j < n; ++j)
    store_sum(p.c[first + j], totals[j], p.accumulate, p.bias ? p.bias + first + j : nullptr);
}

template <class T>
void row_product(const Gemm<T>& p) {
  RowProduct<T> row{p, p.a};
  if (p.a_col != 1) {
    T* packed = static_cast<T*>(scratch(static_cast<std::size_t>(p.k) * sizeof(T), 0));
    for (std::int64_t k = 0; k < p.k; ++k) packed[k] = p.a[k * p.a_col];
    row.x = packed;
  }
  run_chunks(up(p.n, columns_of_chunk), p.n * p.k, row, row_chunk<T>);
}

}  // namespace
}  // namespace attune::internal
