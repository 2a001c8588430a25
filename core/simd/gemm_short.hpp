// Products over a short k: some columns of B stay in registers while the rows of A pass, which are
// read one value at a time wherever they lie. Neither is packed unless B's rows are not contiguous.
// The sums are the chains over k that tiles compute.
#pragma once

#include "core/simd/gemm_blocks.hpp"
#include "core/simd/gemm_small.hpp"

namespace attune::internal {
namespace {

// The longest k whose values of B fit `width` batches wide beside the sums and a value of A; one
// batch wide only as far as tiles are slower. (AVX-512 beside tiles, GF/s: 300 x 300 x 14 125 ->
// 172, x 20 142 -> 170, x 24 151 -> 153; 146 x 591 x 7 86 -> 142; AVX2: 62 x 418 x 8 65 -> 97.)
template <int width>
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int short_k = width == 2 ? 14 : 20;
#elif defined(__AVX2__)
inline constexpr int short_k = width == 2 ? 6 : 12;
#else
inline constexpr int short_k = width == 2 ? 6 : 9;
#endif

// Rows of C that stay in a second-level cache while all columns of B pass.
constexpr std::int64_t short_rows = 64;

template <class T>
struct ShortRows {
  std::int64_t rows;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row;
  T* c;
  std::int64_t c_row, columns;
  const T* bias;
  bool add;
};

template <class T, int k, int width, bool contiguous>
void run_short(const ShortRows<T>& t) {
  const First<T> last(t.columns - (width - 1) * lanes<T>);
  Batch<T> b[k][width];
#pragma GCC unroll 32
  for (int l = 0; l < k; ++l)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) b[l][j] = load<T, width>(t.b + l * t.b_row, j, last);
  const std::int64_t left = t.columns - (width - 1) * lanes<T>;
  const std::int64_t a_row = t.a_row, a_col = contiguous ? 1 : t.a_col, c_row = t.c_row;
  const bool whole = First<T>::free || left == lanes<T>;
  const T* a_rows = t.a;
  T* c = t.c;
  std::int64_t rows = t.rows;
  const auto next_row = [&](Batch<T>(&sum)[width]) {
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[j] = Batch<T>(T(0));
    const T* a = a_rows;
#pragma GCC unroll 32
    for (int l = 0; l < k; ++l, a += a_col) {
      const Batch<T> value(*a);
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) sum[j] = fma<T>(value, b[l][j], sum[j]);
    }
    a_rows += a_row;
  };
  if (whole && !t.add && !t.bias) {
#pragma GCC unroll 4
    for (; rows > 0; --rows, c += c_row) {
      Batch<T> sum[width];
      next_row(sum);
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) store<T, width>(sum[j], c, j, last);
    }
    return;
  }
  for (; rows > 0; --rows, c += c_row) {
    Batch<T> sum[width];
    next_row(sum);
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      T* const at = c + j * lanes<T>;
      const bool part = !whole && j == width - 1;
      if (t.add) sum[j] += part ? load_part<T>(at, left, T(0)) : load<T, width>(c, j, last);
      if (t.bias) sum[j] += load<T, width>(t.bias, j, last);
      if (part)
        store_part<T>(sum[j], at, left);
      else
        store<T, width>(sum[j], c, j, last);
    }
  }
}

template <class T>
using ShortFunction = void (*)(const ShortRows<T>&);

// Static, as for tiles.
template <class T, int width, bool contiguous, int... i>
ShortFunction<T> pick_short(std::int64_t k, std::integer_sequence<int, i...>) {
  static constexpr ShortFunction<T> functions[] = {run_short<T, i + 1, width, contiguous>...};
  return functions[k - 1];
}

template <class T, int width>
ShortFunction<T> short_function(std::int64_t k, bool contiguous) {
  constexpr auto all = std::make_integer_sequence<int, short_k<width>>();
  return contiguous ? pick_short<T, width, true>(k, all) : pick_short<T, width, false>(k, all);
}

// Some rows of C.
template <class T>
void multiply_short_rows(const Gemm<T>& p, std::int64_t first, std::int64_t rows) {
  ShortRows<T> t{
      rows,    p.a + first * p.a_row, p.a_row, p.a_col, nullptr, p.b_row, nullptr, p.c_row, 0,
      nullptr, p.accumulate};
  alignas(64) T packed[short_k<1> * panel<T>];
  T bias_copy[panel<T>];
  const bool contiguous = p.a_col == 1;
  const std::int64_t step = p.k <= short_k<2> ? panel<T> : lanes<T>;
  for (std::int64_t j = 0; j < p.n; j += step) {
    t.columns = p.n - j < step ? p.n - j : step;
    const int width = t.columns <= lanes<T> ? 1 : 2;
    t.b = p.b + j * p.b_col;
    t.b_row = p.b_row;
    if (p.b_col != 1 || (!First<T>::free && t.columns % lanes<T> != 0)) {
      pack_panel<T>(p.k, t.columns, t.b, p.b_row, p.b_col, packed);
      t.b = packed;
      t.b_row = panel<T>;
    }
    t.bias = whole_bias<T>(p.bias ? p.bias + j : nullptr, t.columns, bias_copy);
    t.c = p.c + first * p.c_row + j;
    if (width == 1)
      short_function<T, 1>(p.k, contiguous)(t);
    else
      short_function<T, 2>(p.k, contiguous)(t);
  }
}

// Whether so short a k is better served here. Two passes over A, each by one batch of columns, want
// some rows; with a vector, several sums at once or lanes along k do better, and so do wide bands
// of one or two rows. (AVX-512: 1 x 394 x 5 92 ns, in bands 61; 2 x 653 x 4 162 and 140.)
template <class T>
bool is_short(const Gemm<T>& p) {
  constexpr std::int64_t some_rows = 16, shortest = 8;
  if (p.m <= 2 && p.n > panel<T> && p.b_col == 1 && is_small(p)) return false;
  if (p.k > (p.m < some_rows ? short_k<2> : short_k<1>)) return false;
  return (p.m > 1 && p.n > 1) || p.k < shortest;
}

template <class T>
void short_chunk(void* context, std::int64_t chunk) {
  const Gemm<T>& p = *static_cast<const Gemm<T>*>(context);
  const std::int64_t first = chunk * short_rows;
  multiply_short_rows(p, first, smaller(short_rows, p.m - first));
}

template <class T>
void multiply_short(const Gemm<T>& p) {
  const std::int64_t work = p.m * p.n * p.k;
  if (work < serial_work || p.m <= short_rows) return multiply_short_rows(p, 0, p.m);
  Gemm<T> all = p;
  run_chunks(up(p.m, short_rows), work / 4, all, short_chunk<T>);
}

}  // namespace
}  // namespace attune::internal
