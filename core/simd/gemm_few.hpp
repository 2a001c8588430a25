// One or more rows, but few, by a matrix whose rows are contiguous: all rows at once, and as many
// columns as registers hold sums, so that rows of B are read in long pieces and once. Fetched
// ahead: rows apart by more than 2 KiB are no stream to the processor.
#pragma once

#include <utility>

#include "core/simd/gemm_blocks.hpp"

namespace attune::internal {
namespace {

// More rows read B from a second-level cache as fast as a tile does. (In tiles and so, GF/s,
// AVX-512: 2 x 478 x 1020 40 and 52, 3 x 784 x 256 78 and 122, 3 x 87 x 587 56 and 79, 5 x 330 x
// 190 131 and 154; 8 x 236 x 596, as two bands, 164 and 139.)
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int few_rows = 6, few_registers = 32;
#else
constexpr int few_rows = 3, few_registers = 16;
#endif

// Also of a B that comes from behind the second-level cache. (In tiles and so, us: on Zen 4 2 x
// 1000 x 1000 75 and 63, 4 x 2000 x 2000 541 and 359, 6 x 5000 x 4000 13200 and 7150; on an Intel
// Xeon the first 136 and 153.) One row alone reads that faster eight rows of B at a time
// (gemm_vector.hpp: 1 x 141 x 670 5.4 and, so, 3.4; 1 x 4000 x 4000 3470 and 4350).
constexpr std::int64_t near_of_one_row = 1 << 20;
template <class T>
bool serves_few(const Gemm<T>& p) {
  const std::int64_t near = near_of_one_row / static_cast<std::int64_t>(sizeof(T));
  return p.m <= few_rows && p.b_col == 1 && p.n > panel<T> && (p.m > 1 || p.n <= near / p.k);
}

// A row of B is read in pieces of a KiB. (Zen 5, us, 64, 256 and 1024 columns: 4 x 2000 x 500 46.1,
// 39.8, 44.4; 4 x 6000 x 200 53.6, 54.1, 53.1, on two threads 34.5, 29.2, 28.5.)
constexpr std::int64_t few_columns_of_chunk = 256;

// Batches of columns: what is left beside a value of A for each row and a batch of B.
template <class T, int rows>
inline constexpr int few_batches = smaller((few_registers - 1) / rows - 1,
                                           few_columns_of_chunk / lanes<T>);

// As many columns as fill `width` batches, from `column` on, again and again.
template <class T, int rows, int width>
ATTUNE_INLINE void few_columns(const Gemm<T>& p, std::int64_t& column) {
  constexpr std::int64_t rows_ahead = 6;
  for (; p.n - column > (width - 1) * lanes<T>; column += width * lanes<T>) {
    const First<T> last(smaller(p.n - column - (width - 1) * lanes<T>, lanes<T>));
    Batch<T> sum[rows][width];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 32
      for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
    const T *a = p.a, *b = p.b + column;
    for (std::int64_t k = p.k; k > 0; --k, a += p.a_col, b += p.b_row) {
      Batch<T> value[rows];
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) value[i] = Batch<T>(a[i * p.a_row]);
#pragma GCC unroll 32
      for (int j = 0; j < width; ++j) {
        const Batch<T> row = held<T>(load<T, width>(b, j, last));
        __builtin_prefetch(b + rows_ahead * p.b_row + j * lanes<T>);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) sum[i][j] = fma<T>(value[i], row, sum[i][j]);
      }
    }
#pragma GCC unroll 32
    for (int j = 0; j < width; ++j) {
      const T* const bias = p.bias ? p.bias + column : nullptr;
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) {
        T* const c = p.c + i * p.c_row + column;
        if (p.accumulate) sum[i][j] += load<T, width>(c, j, last);
        if (bias) sum[i][j] += load<T, width>(bias, j, last);
        store<T, width>(sum[i][j], c, j, last);
      }
    }
  }
}

// What is left by two thirds as many each time. (By halves: 2 x 53 x 330 1.06 us, so .81.)
template <class T, int rows, int width>
ATTUNE_INLINE void few_columns_down(const Gemm<T>& p, std::int64_t column) {
  few_columns<T, rows, width>(p, column);
  if constexpr (width > 1) few_columns_down<T, rows, (2 * width + 1) / 3>(p, column);
}

template <class T, int rows>
void few_rows_of(const Gemm<T>& p) {
  few_columns_down<T, rows, few_batches<T, rows>>(p, 0);
}

// Static, as for tiles.
template <class T, int... i>
auto pick_few(std::int64_t rows, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const Gemm<T>&) = {few_rows_of<T, i + 1>...};
  return functions[rows - 1];
}

// Two at least, where there are columns for two: rows of B are then read in shorter pieces. (Two
// cores, us by addmm_: 4 x 236 x 596 9.9 and, so, 5.8; 1 x 141 x 670 4.3 and 2.7; the latter cut
// so, on one core, 4.7.)
template <class T>
std::int64_t few_chunks(const Gemm<T>& p) {
  const std::int64_t chunks = up_or_one(p.n, few_columns_of_chunk);
  return chunks == 1 && p.n >= few_columns_of_chunk / 2 && p.n * p.k >= serial_work ? 2 : chunks;
}

// k is cut as for tiles.
template <class T>
void few_chunk(void* context, std::int64_t chunk) {
  const Gemm<T>& p = *static_cast<const Gemm<T>*>(context);
  const std::int64_t batches = up_or_one(p.n, lanes<T>), chunks = few_chunks(p);
  const std::int64_t first = part_begin(batches, chunks, chunk) * lanes<T>;
  const std::int64_t end = part_begin(batches, chunks, chunk + 1) * lanes<T>;
  Gemm<T> part = p;
  part.n = smaller(end, p.n) - first;
  part.c += first;
  const auto run = pick_few<T>(p.m, std::make_integer_sequence<int, few_rows>());
  const std::int64_t block =
      up_or_one(p.k, up_or_one(p.k, k_bytes / static_cast<std::int64_t>(sizeof(T))));
  for (std::int64_t k = 0; k < p.k; k += block) {
    part.k = smaller(block, p.k - k);
    part.a = p.a + k * p.a_col;
    part.b = p.b + k * p.b_row + first;
    part.bias = p.bias && k + part.k == p.k ? p.bias + first : nullptr;
    part.accumulate = p.accumulate || k > 0;
    run(part);
  }
}

template <class T>
void multiply_few(Gemm<T> p) {
  const std::int64_t part = First<T>::free ? 0 : p.n % lanes<T>;
  p.n -= part;
  // (What takes time is reading B: four rows take half as long again as one.)
  run_chunks(few_chunks(p), p.n * p.k, p, few_chunk<T>);
  if (part == 0) return;
  p.b += p.n;
  p.c += p.n;
  if (p.bias) p.bias += p.n;
  p.n = part;
  multiply(p);
}

}  // namespace
}  // namespace attune::internal
