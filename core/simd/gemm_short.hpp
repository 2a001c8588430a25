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

// Rows of C that stay in a second-level cache while all columns of B pass. (Zen 5, us, 32, 96 and
// 384 rows: 3000 x 600 x 12 204, 191, 189; 600 x 3000 x 12 197, 190, 185; but of 384 two threads
// would get a chunk each from 384 rows on only.)
constexpr std::int64_t short_rows = 96;

// The columns of at most `width` batches; where First is not free, rows of B and bias may be read
// as whole batches.
template <class T, int k, int width, bool contiguous>
void run_short(const Gemm<T>& p) {
  const std::int64_t left = p.n - (width - 1) * lanes<T>;
  const First<T> last(left);
  Batch<T> b[k][width];
#pragma GCC unroll 32
  for (int l = 0; l < k; ++l)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) b[l][j] = load<T, width>(p.b + l * p.b_row, j, last);
  const std::int64_t a_row = p.a_row, a_col = contiguous ? 1 : p.a_col, c_row = p.c_row;
  const bool whole = First<T>::free || left == lanes<T>;
  const T* a_rows = p.a;
  T* c = p.c;
  std::int64_t rows = p.m;
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
  if (whole && !p.accumulate && !p.bias) {
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
      if (p.accumulate) sum[j] += part ? load_part<T>(at, left, T(0)) : load<T, width>(c, j, last);
      if (p.bias) sum[j] += load<T, width>(p.bias, j, last);
      if (part)
        store_part<T>(sum[j], at, left);
      else
        store<T, width>(sum[j], c, j, last);
    }
  }
}

template <class T>
using ShortFunction = void (*)(const Gemm<T>&);

// Static, as for tiles.
template <class T, int width, bool contiguous, int... i>
ShortFunction<T> pick_short(std::int64_t k, std::integer_sequence<int, i...>) {
  static constexpr ShortFunction<T> functions[] = {run_short<T, i + 1, width, contiguous>...};
  return functions[k - 1];
}

template <class T>
ATTUNE_INLINE void run_short_columns(const Gemm<T>& p) {
  constexpr auto pairs = std::make_integer_sequence<int, short_k<2>>();
  constexpr auto singles = std::make_integer_sequence<int, short_k<1>>();
  const bool contiguous = p.a_col == 1;
  if (p.n <= lanes<T>)
    (contiguous ? pick_short<T, 1, true>(p.k, singles) : pick_short<T, 1, false>(p.k, singles))(p);
  else
    (contiguous ? pick_short<T, 2, true>(p.k, pairs) : pick_short<T, 2, false>(p.k, pairs))(p);
}

// All rows.
template <class T>
void multiply_short_rows(const Gemm<T>& p) {
  const std::int64_t step = p.k <= short_k<2> ? panel<T> : lanes<T>;
  if (First<T>::free && p.n <= step && p.b_col == 1) return run_short_columns(p);
  Gemm<T> part = p;
  alignas(64) T packed[short_k<1> * panel<T>];
  T bias_copy[panel<T>];
  for (std::int64_t j = 0; j < p.n; j += step) {
    part.n = smaller(step, p.n - j);
    part.b = p.b + j * p.b_col;
    part.b_row = p.b_row;
    if (p.b_col != 1 || (!First<T>::free && part.n % lanes<T> != 0)) {
      pack_panel<T>(p.k, part.n, part.b, p.b_row, p.b_col, packed);
      part.b = packed;
      part.b_row = panel<T>;
    }
    part.bias = whole_bias<T>(p.bias ? p.bias + j : nullptr, part.n, bias_copy);
    part.c = p.c + j;
    run_short_columns(part);
  }
}

// Whether so short a k is better served here. Two passes over A, each by one batch of columns, want
// some rows; with a vector, several sums at once or lanes along k do better, and so do wide bands
// of one or two rows, and of up to 128 where one batch of B is all that registers hold. (AVX-512: 1
// x 394 x 5 92 ns, in bands 61; 2 x 653 x 4 162 and 140; Zen 5: 64 x 64 x 20 930 and 730, 100 x 48
// x 18 930 and 810; 300 x 10 x 18 930 and 950; SSE2: 100 x 48 x 9 2750 and 2080.)
template <class T>
bool is_short(const Gemm<T>& p) {
  constexpr std::int64_t some_rows = 16, many_rows = 128, shortest = 8;
  if (p.m <= 2 && p.n > panel<T> && p.b_col == 1 && is_small(p)) return false;
  const bool few = p.m < some_rows || (p.m <= many_rows && p.n > lanes<T> && is_small(p));
  if (p.k > (few ? short_k<2> : short_k<1>)) return false;
  return (p.m > 1 && p.n > 1) || p.k < shortest;
}

template <class T>
std::int64_t short_chunks(const Gemm<T>& p) {
  return power_of_two(up_or_one(p.m, short_rows));
}

// The same product, its rows from the last to the first: chunks of the upper half go this way. At
// their end, where the halves of two threads meet, a core would go on to fetch lines that the other
// writes. (Two cores of Zen 4, us, downwards and so: 133 x 348 x 7 6.3 and 3.2, 266 x 348 x 7 10.9
// and 6.2; on one core 5.8 and 11.6. Where more threads share it some still meet.)
template <class T>
void walk_up(Gemm<T>& p) {
  p.a += (p.m - 1) * p.a_row;
  p.c += (p.m - 1) * p.c_row;
  p.a_row = -p.a_row;
  p.c_row = -p.c_row;
}

template <class T>
void short_chunk(void* context, std::int64_t chunk) {
  const Gemm<T>& p = *static_cast<const Gemm<T>*>(context);
  const std::int64_t chunks = short_chunks(p), first = part_begin(p.m, chunks, chunk);
  Gemm<T> part = p;
  part.m = part_begin(p.m, chunks, chunk + 1) - first;
  part.a += first * p.a_row;
  part.c += first * p.c_row;
  if (2 * chunk < chunks) walk_up(part);
  multiply_short_rows(part);
}

template <class T>
void multiply_short(const Gemm<T>& p) {
  const std::int64_t work = p.m * p.n * p.k / products_of_step;
  if (work < serial_work || p.m <= short_rows) return multiply_short_rows(p);
  Gemm<T> all = p;
  run_chunks(short_chunks(p), work, all, short_chunk<T>);
}

}  // namespace
}  // namespace attune::internal
