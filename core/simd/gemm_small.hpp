// Products so small that packing, blocks and threads would cost more than the arithmetic: some rows
// by some batches of columns at a time, whose sums stay in registers. The sums are the chains over
// k that the blocks compute: which of the two serves changes no bit, but of a column behind whole
// batches, which longer products may add up in another order.
#pragma once

#include <utility>

#include "core/simd/gemm_copy.hpp"
#include "core/simd/gemm_cut.hpp"

namespace attune::internal {
namespace {

// Up to so many multiplications the blocks' preparations are felt. A panel of B over small_k is on
// the stack. (Up to 32768, 65536 and 131072 on one core of Zen 5, us by matmul: AVX-512 40 x 40 x
// 40 .77, .70, .70, 128 x 32 x 24 .95, .95, .82, 50 x 50 x 50 1.50, 1.49, 1.43, B transposed 1.81,
// 1.81, 1.72; AVX2 37 x 41 x 40 1.34, 1.23, 1.23; SSE2 3.79, 2.98, 2.99. Up to
// 262144 another 3 to 11 %, but 256 x 16 x 60 with B transposed loses 4.)
constexpr std::int64_t small_work = 131072;

template <class T>
bool is_small(const Gemm<T>& p) {
  return p.k <= small_k && p.m <= small_work && p.n <= small_work && p.m * p.n <= small_work &&
         p.m * p.n * p.k <= small_work;
}

// Sums that the registers hold beside a row of B, and rows: the fewer, the more columns go on
// together. (AVX-512, GF/s, in tiles and so: 1 x 100 x 20 19 and 58, 3 x 16 x 35 50 and 90,
// 6 x 36 x 18 58 and 100, 8 x 30 x 30 123 and 146.)
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int small_sums = 16, small_rows = 8, registers = 32;
#else
constexpr int small_sums = 12, small_rows = 6, registers = 16;
#endif

// Rows of A that one pointer reaches: of more, the multiples of a row's length do not fit the
// registers of addresses. (Zen 5, ns, by one pointer and by two: AVX-512 64 x 8 x 32 with B
// transposed 440 and 400, 60 x 4 x 50 630 and 540; AVX2 36 x 8 x 40 290 and 270.)
constexpr int near_rows = 8;
template <class T>
ATTUNE_INLINE const T* apart(const T* pointer) {
  __asm__("" : "+r"(pointer));  // else the compiler reaches it from the first one again
  return pointer;
}

// Where rows of B are read in whole batches, though the last is not.
template <class T>
struct Padded : WholeBatch<T> {
  explicit Padded(std::int64_t) {}
};

// (Without accumulation and bias in vector registers 16 x 32 x 32 of f32 took 400 ns to accumulate
// in place of 140.)
template <class T, int rows, int width>
ATTUNE_INLINE void store_sums(const Gemm<T>& p, std::int64_t row, std::int64_t column,
                              Batch<T> (&sum)[rows][width]) {
  const std::int64_t left = smaller(p.n - column - (width - 1) * lanes<T>, lanes<T>);
  const First<T> last(left);
  const bool whole = First<T>::free || left == lanes<T>;
  const auto read = [&](const T* x, int j) {
    return whole || j + 1 < width ? load<T, width>(x, j, last)
                                  : load_part<T>(x + j * lanes<T>, left, T(0));
  };
  T* const c = p.c + row * p.c_row + column;
  if (p.accumulate) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j] += read(c + i * p.c_row, j);
  }
  if (p.bias) {
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) {
      const Batch<T> bias = read(p.bias + column, j);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) sum[i][j] += bias;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) {
      if (whole || j + 1 < width)
        store<T, width>(sum[i][j], c + i * p.c_row, j, last);
      else
        store_part<T>(sum[i][j], c + i * p.c_row + j * lanes<T>, left);
    }
  }
}

// As many columns from `column` on as fill `width` batches, again and again.
template <class T, int rows, int width, class Last>
ATTUNE_INLINE void small_columns(const Gemm<T>& p, std::int64_t first, std::int64_t& column) {
  for (; p.n - column > (width - 1) * lanes<T>; column += width * lanes<T>) {
    const Last last(smaller(p.n - column - (width - 1) * lanes<T>, lanes<T>));
    Batch<T> sum[rows][width];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
    const T *a = p.a + first * p.a_row, *b = p.b + column, *far = nullptr;
    if constexpr (rows > near_rows) far = apart(a + near_rows * p.a_row);
    for (std::int64_t k = p.k; k > 0; --k, a += p.a_col, b += p.b_row) {
      Batch<T> row[width];
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) {
        row[j] = load<T, width>(b, j, last);
        if constexpr (rows > 1 && rows * width + width < registers) row[j] = held<T>(row[j]);
      }
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const Batch<T> value(i < near_rows ? a[i * p.a_row] : far[(i - near_rows) * p.a_row]);
#pragma GCC unroll 8
        for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
      }
      if constexpr (rows > near_rows) far += p.a_col;
    }
    store_sums<T, rows, width>(p, first, column, sum);
  }
}

// Rows from `first` on. (The product of a band alone would be copied from fields just written: such
// a read waits for them, 5 ns.)
template <class T, int rows, class Last>
void small_band(const Gemm<T>& p, std::int64_t first) {
  std::int64_t column = 0;
  if constexpr (rows * 8 <= small_sums) small_columns<T, rows, 8, Last>(p, first, column);
  if constexpr (rows * 4 <= small_sums) small_columns<T, rows, 4, Last>(p, first, column);
  if constexpr (rows * 2 <= small_sums) small_columns<T, rows, 2, Last>(p, first, column);
  small_columns<T, rows, 1, Last>(p, first, column);
}

// Static, as for tiles.
template <class T, class Last, int... i>
auto pick_band(std::int64_t rows, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const Gemm<T>&,
                                       std::int64_t) = {small_band<T, i + 1, Last>...};
  return functions[rows - 1];
}

// The most rows of a band. Those of a single batch of columns have registers to spare.
template <class T>
std::int64_t rows_of_band(const Gemm<T>& p) {
  return p.n <= lanes<T> ? small_sums : small_rows;
}

// Bands of rows of nearly equal height.
template <class T, class Last>
void small_bands(const Gemm<T>& p) {
  const auto run = [&](std::int64_t first, std::int64_t rows) {
    pick_band<T, Last>(rows, std::make_integer_sequence<int, small_sums>())(p, first);
  };
  const std::int64_t most = rows_of_band(p);
  if (p.m <= most) return run(0, p.m);
  const std::int64_t bands = (p.m + most - 1) / most;
  for (std::int64_t band = 0; band < bands; ++band) {
    const std::int64_t first = p.m * band / bands;
    run(first, p.m * (band + 1) / bands - first);
  }
}

// From column `first` on; panels of B are packed.
template <class T>
void multiply_small_packed(const Gemm<T>& p, std::int64_t first) {
  alignas(64) T packed[small_k * panel<T>];
  Gemm<T> part = p;
  part.b = packed;
  part.b_row = panel<T>;
  for (std::int64_t j = first; j < p.n; j += panel<T>) {
    part.n = smaller(panel<T>, p.n - j);
    pack_panel<T>(p.k, part.n, p.b + j * p.b_col, p.b_row, p.b_col, packed);
    part.c = p.c + j;
    part.bias = p.bias ? p.bias + j : nullptr;
    small_bands<T, Padded<T>>(part);
  }
}

template <class T>
void multiply_small(const Gemm<T>& p) {
  if (p.b_col != 1) return multiply_small_packed(p, 0);
  if (First<T>::free) return small_bands<T, First<T>>(p);
  Gemm<T> whole = p;
  whole.n = p.n % lanes<T> == 0 ? p.n : p.n / panel<T> * panel<T>;
  if (whole.n > 0) small_bands<T, First<T>>(whole);
  if (whole.n < p.n) multiply_small_packed(p, whole.n);
}

}  // namespace
}  // namespace attune::internal
