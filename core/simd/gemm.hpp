// The matrix product, once per element type and instruction set: which way serves which shape.
#pragma once

#include "core/simd/gemm_few.hpp"
#include "core/simd/gemm_short.hpp"
#include "core/simd/gemm_small.hpp"
#include "core/simd/gemm_turned.hpp"
#include "core/simd/gemm_vector.hpp"

namespace attune::internal {

// On AVX-512 only: by batches of half its width (gemm_halves.cpp). REQUIRES: m, n and k above 0.
void multiply_in_halves(const Gemm<float>& p);
void multiply_in_halves(const Gemm<double>& p);
// The same as chains over k, of a small product's last column.
void multiply_small_in_halves(const Gemm<float>& p);
void multiply_small_in_halves(const Gemm<double>& p);

namespace {

// C = [C] + bias: what is left of a product over no k.
template <class T>
void add_bias(const Gemm<T>& p) {
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      T& c = p.c[i * p.c_row + j];
      c = (p.accumulate ? c : T(0)) + (p.bias ? p.bias[j] : T(0));
    }
  }
}

// On AVX-512, products of so few columns that they fill at most half of a batch, and inner
// products, are served by batches of half its width (gemm_halves.cpp): a processor that takes two
// cycles for a whole one takes one for a half, and of the rows of a matrix that are no whole lines
// a half meets the end of a line half as often. (Zen 4, ns, in whole and in half batches: 64 x 5 x
// 2 73 and 36, 112 x 7 x 66 2600 and 1370, 257 x 3 x 205 6700 and 3930, 3 x 7 x 691 1440 and 530,
// 18 x 2 x 775 1170 and 1110.)
#if defined(__AVX512BW__) && !defined(ATTUNE_HALF_BATCHES)
template <class T>
inline constexpr int narrow_lanes = lanes<T> / 2;
inline constexpr bool has_halves = true;
#else
template <class T>
inline constexpr int narrow_lanes = lanes<T>;
inline constexpr bool has_halves = false;
#endif

// Up to so many rows by a matrix that is contiguous along k, or columns of one, are as many
// products of it and a vector: where these are long, to bring it into panels costs more. Those that
// fill at most half of a batch's lanes leave a tile half idle: a shorter vector pays; with 32
// registers also some more. (GF/s on Zen 4, in tiles and so: 438 x 5 x 124 58 and 71, 438 x 8 x
// 124 93 and 73, 438 x 8 x 256 94 and 92, 100 x 7 x 400 81 and 95.)
constexpr std::int64_t few_vectors = 4;
template <class T>
constexpr bool is_long_enough(std::int64_t k, std::int64_t vectors) {
  constexpr std::int64_t long_beside_half = 48;
  if (vectors <= narrow_lanes<T> / 2) return k >= long_beside_half;
#if defined(__AVX512BW__)
  return vectors <= narrow_lanes<T> && k >= 16 * (vectors + 1);
#else
  constexpr std::int64_t long_vector = 256;
  return vectors <= few_vectors && k >= long_vector;
#endif
}

// To bring vectors into rows costs as much as several of their products, unless they lie densely
// side by side. (10 x 8 x 337 on AVX-512: as tiles 69 GF/s, as vectors 50; 20 x 8 x 400 as fast.)
constexpr std::int64_t pays_for_turning = 16;
// A shorter vector alone is no work for lanes. (A small product of several rows and columns adds in
// one order in every layout; one of a single row or column, as dots or along k, need not.)
template <class T>
constexpr std::int64_t shortest_vector = narrow_lanes<T> < 4 ? 8 : 2 * narrow_lanes<T>;

// One tile, whose operands are read where they lie: what blocks prepare would take as long.
template <class T>
bool is_one_tile(const Gemm<T>& p) {
  return p.m <= tile_rows<2> && p.n <= panel<T> && p.b_col == 1 &&
         (First<T>::free || p.n % lanes<T> == 0) &&
         (p.a_col == 1 ? !share_a_set(p) : p.a_row == 1) &&
         p.k <= k_bytes / static_cast<std::int64_t>(sizeof(T));
}

template <class T>
void multiply_tile(const Gemm<T>& p) {
  const bool by_rows = p.a_col == 1;
  const Tile<T> tile{.k = p.k,
                     .a = p.a,
                     .a_step = by_rows ? p.a_row : p.a_col,
                     .by_rows = by_rows,
                     .b = p.b,
                     .b_row = p.b_row,
                     .whole_rows = rows_read_whole<T>(p.k, p.n, p.b_row == p.n, p.b_row),
                     .c = p.c,
                     .c_row = p.c_row,
                     .columns = p.n,
                     .bias = p.bias,
                     .add = p.accumulate,
                     .whole = true};
  const auto rows = static_cast<int>(p.m);
  (p.n <= lanes<T> ? tile_function<T, 1>(rows, by_rows) : tile_function<T, 2>(rows, by_rows))(tile);
}

// Whether `count` products of each of some vectors, whose elements lie `step` apart, are inner
// ones.
template <class T>
bool are_dots(std::int64_t k, std::int64_t vectors, std::int64_t step, std::int64_t count,
              bool small) {
  if (vectors == 1) return k >= shortest_vector<T> || !small;
  const bool dense = step == vectors && vectors <= dense_columns;
  if (step != 1 && !dense && count < pays_for_turning) return false;
  return !small && is_long_enough<T>(k, vectors);
}

// Whether both operands are contiguous along k, as in a layer of a network, and of so few rows or
// columns that to pack B takes as long as to multiply. (Zen 4, us, packed and as inner products:
// 8 x 10 x 128 .61 and .27, 64 x 10 x 128 2.66 and 2.07, 12 x 300 x 300 31.2 and 22.2, 16 x 256 x
// 512 55.0 and 40.0; 64 x 12 x 64 1.38 and 1.57, 64 x 16 x 128 2.62 and 3.19.)
template <class T>
bool spares_packing([[maybe_unused]] const Gemm<T>& p, [[maybe_unused]] bool small) {
#if defined(__AVX512BW__)
  constexpr std::int64_t few = 16, some = 64, shortest = 96;
  return p.a_col == 1 && p.b_row == 1 && p.k >= shortest && !small &&
         (p.m <= few || (p.m <= some && 2 * p.n < 3 * narrow_lanes<T>));
#else
  return false;
#endif
}

template <class T>
void multiply_by_way(const Gemm<T>& p, bool small) {
  // (To turn five or six columns takes longer: 2 x 6 x 73 on AVX-512 15 GF/s, as a tile 28.)
  const bool one_tile = is_one_tile(p) && (!small || p.m > rows_of_band(p));
  if (one_tile && p.n > few_vectors) return multiply_tile(p);
  const bool spares = spares_packing(p, small);
  const bool rows_are_vectors = p.b_row == 1 && are_dots<T>(p.k, p.m, p.a_col, p.n, small);
  if (!small && !rows_are_vectors && packs_rather_a(p, spares)) return multiply_turned_back(p);
  const bool by_columns = rows_are_vectors || (spares && p.m <= p.n);
  if constexpr (has_halves) {
    if (spares || by_columns) return multiply_in_halves(p);
  } else {
    if ((spares && !by_columns) || (p.a_col == 1 && are_dots<T>(p.k, p.n, p.b_row, p.m, small)))
      return dots<T>({p.m, p.k, p.a, p.a_row, p.b, p.n, p.b_col, p.b_row, p.c, p.c_row, 1, p.bias,
                      0, 1, p.accumulate, p.operation});
    if (by_columns)
      return dots<T>({p.n, p.k, p.b, p.b_col, p.a, p.m, p.a_row, p.a_col, p.c, 1, p.c_row, p.bias,
                      1, 0, p.accumulate, p.operation});
  }
  if (one_tile) return multiply_tile(p);
  if (small) return multiply_small(p);
  if (serves_few(p)) return multiply_few(p);
  if (p.m == 1 && p.b_col == 1 && p.n > 2 * panel<T>) return row_product(p);
  multiply(p);
}

// Whether the lanes had better run along the rows of C: A is contiguous that way, and columns are
// so few that they fill lanes badly. (128 x 10 x 512 on AVX-512: 17.5 us, turned 8.7.) A k so short
// does not pay for turning C back, and an A that comes from memory is not read faster.
template <class T>
bool is_better_turned(const Gemm<T>& p) {
  constexpr std::int64_t shortest = 32, in_cache = 1 << 20;
  if (p.a_row != 1 || p.a_col == 1 || p.n > 4 * lanes<T> || p.m <= p.n) return false;
  if (p.n > 1 && (p.k < shortest || p.m > in_cache / p.k)) return false;
  return use_of_lanes<T>(p.m) > 1.2 * use_of_lanes<T>(p.n);
}

// C^T = B^T A^T, turned back. By blocks of rows, which stay in the second-level cache. (20000 x 10
// x 512 on Zen 5, blocks of 512, 2048 and 8192 rows: 2.85, 2.72, 2.86 ms.)
template <class T>
void multiply_turned(const Gemm<T>& p) {
  Gemm<T> turned{p.n, p.m, p.k, p.b, p.b_col, p.b_row, p.a, p.a_col, p.a_row, p.c, p.m};
  turned.operation = p.operation;
  if (p.n == 1 && p.c_row == 1 && !p.bias) {  // a column is a row
    turned.accumulate = p.accumulate;
    return multiply_by_way(turned, is_small(turned));
  }
  constexpr std::int64_t block = 2048;
  turned.c_row = smaller(p.m, block);
  turned.c = scratch_of<T>(p.n * turned.c_row, 3, p.operation);
  for (std::int64_t first = 0; first < p.m; first += block) {
    turned.n = smaller(block, p.m - first);
    turned.b = p.a + first;
    multiply_by_way(turned, is_small(turned));
    T* const c = p.c + first * p.c_row;
    if (!p.accumulate && !p.bias) {
      copy_matrix<T>(turned.n, p.n, turned.c, 1, turned.c_row, c, p.c_row);
      continue;
    }
    for (std::int64_t i = 0; i < turned.n; ++i) {
      for (std::int64_t j = 0; j < p.n; ++j)
        store_sum(c[i * p.c_row + j], turned.c[j * turned.c_row + i], p.accumulate,
                  p.bias ? p.bias + j : nullptr);
    }
  }
}

// Whether the columns behind whole batches, which fill at most half of one, had better be a product
// of their own: a second reading of A is paid for by half a batch. (Zen 4, ns: 37 x 21 x 985 20150
// and 15010, 300 x 17 x 100 17100 and 10900, 339 x 51 x 128 49000 and 41000, 101 x 113 x 378 84000
// and 75900, 12 x 20 x 64 446 and 370. Where a whole batch takes as long as a half, nothing is
// won.)
template <class T>
bool ends_in_half(const Gemm<T>& p, bool small) {
  const std::int64_t over = p.n % lanes<T>;
  return over != 0 && over <= narrow_lanes<T> && p.n <= 12 * lanes<T> && p.m >= 4 && p.k >= 16 &&
         !spares_packing(p, small);
}

template <class T>
void multiply_to_half(const Gemm<T>& p, bool small) {
  Gemm<T> whole = p, rest = p;
  rest.n = p.n % lanes<T>;
  whole.n -= rest.n;
  rest.b += whole.n * p.b_col;
  rest.c += whole.n;
  if (p.bias) rest.bias += whole.n;
  multiply_by_way(whole, small || is_small(whole));
  // (A column alone would be inner products, or not, by the layout.)
  if (small && rest.n == 1) return multiply_small_in_halves(rest);
  multiply_in_halves(rest);
}

template <class T>
void gemm(const Gemm<T>& p) {
  if (p.m <= 0 || p.n <= 0) return;
  if (p.k <= 0) return add_bias(p);
  const bool is_short_k = is_short(p);
  if (!is_short_k && is_better_turned(p)) return multiply_turned(p);
  if constexpr (has_halves)
    if (p.n <= narrow_lanes<T>) return multiply_in_halves(p);
  if (is_short_k) return multiply_short(p);
  const bool small = is_small(p);
  if constexpr (has_halves)
    if (ends_in_half(p, small)) return multiply_to_half(p, small);
  multiply_by_way(p, small);
}

}  // namespace
}  // namespace attune::internal
