// The innermost part of the matrix product: a tile of C that stays in registers while k runs.
#pragma once

#include <cstdint>
#include <utility>

#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// Rows of a tile that is 2 or 1 batches wide: as many running sums as the registers hold beside two
// batches of B and one value of A. (512^3 f32 on one core of Zen 5, ms: AVX-512 14 rows 1.032, 12
// 1.036, 10 1.042, 8 1.054; AVX2 6 rows 1.98, 5 2.10, 4 2.28; SSE2 4 rows 6.43, 3 6.54, 2 6.98, 6,
// which spill, 7.06.)
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

// Products over a k so short, if they are few, add in one order in every layout (gemm_small.hpp).
constexpr std::int64_t small_k = 64;

// Over a longer k, a tile of few sums takes indices of k in turn into so many of each: a sum waits
// four cycles for itself, in which eight multiplications could begin. (GF/s on AVX-512: 1 x 16 x
// 200 23, in turns 50; 2 x 16 x 512 51 and 83; 2 x 271 x 379 44 and 51.)
template <int sums>
inline constexpr int turns = sums <= 2   ? 4
                             : sums <= 4 ? 2
                                         : 1;

template <int count, class B>
ATTUNE_INLINE B pairwise(const B* terms) {
  if constexpr (count == 1)
    return *terms;
  else
    return pairwise<count / 2>(terms) + pairwise<count / 2>(terms + count / 2);
}

// The bias, and rows of b behind `whole_rows`, are read in whole batches but for the last one where
// First is free: of that, what `columns` leaves. Where First is not free all batches are whole.
template <class T>
struct Tile {
  std::int64_t k;
  const T* a;
  std::int64_t a_step;  // from row to row where A lies by rows, else from index to index of k
  bool by_rows;         // each row of A is contiguous along k; else each column along the rows
  const T* b;           // row k at b + k * b_row
  std::int64_t b_row;
  std::int64_t whole_rows;  // of b, from the first on, may be read in whole batches
  T* c;
  std::int64_t c_row, columns;  // columns: how many of the tile's are C's
  const T* bias;                // of the tile's first column, or null
  bool add;                     // to what C holds
  bool whole;                   // C may be stored to in whole batches; always, where First is free
  // What the second-level cache does not hold, to be asked for while others are computed with.
  bool far_c = false;
  bool far_a = false;       // A, where it lies by columns
  bool far_b = false;       // rows of B
  const T* next = nullptr;  // next_rows of A for the tile after this one, where it lies by rows
};

template <class T>
inline constexpr std::int64_t line_of = 64 / sizeof(T);  // elements of a cache line
// Of so many rows a tile asks for all of k: a line for each four indices.
template <class T>
inline constexpr std::int64_t next_rows = line_of<T> / 4;

// How many of k rows of b may be read in whole batches, as a masked load takes the place of a
// multiplication: all where the columns fill them, and where rows are dense those behind which the
// others are long enough. (AVX-512, GF/s: 6 x 11 x 129 82 and 97, 64 x 70 x 300 152 and 158.)
template <class T>
constexpr std::int64_t rows_read_whole(std::int64_t k, std::int64_t columns, bool dense,
                                       std::int64_t b_row) {
  const std::int64_t over = (lanes<T> - columns % lanes<T>) % lanes<T>;
  if (over == 0) return k;
  if (!dense) return 0;
  const std::int64_t rows = (over + b_row - 1) / b_row;
  return rows < k ? k - rows : 0;
}

// c = sum + [c] + [bias], of one element.
template <class T>
ATTUNE_INLINE void store_sum(T& c, T sum, bool add, const T* bias) {
  const T value = add ? sum + c : sum;
  c = bias ? value + *bias : value;
}

// The bias of a tile as it may be read: where First is not free and the tile's columns are a part
// of a panel, as a copy with zeros behind it.
template <class T>
ATTUNE_INLINE const T* whole_bias(const T* bias, std::int64_t columns, T (&copy)[panel<T>]) {
  if (First<T>::free || !bias || columns == panel<T>) return bias;
  for (int j = 0; j < panel<T>; ++j) copy[j] = j < columns ? bias[j] : T(0);
  return copy;
}

// The sums of a tile whose last batch is not whole.
template <class T, int width>
void store_narrow(const Tile<T>& t, int rows, const T* sums) {
  T* c = t.c;
  for (; rows > 0; --rows, c += t.c_row) {
    for (std::int64_t j = 0; j < width * lanes<T>; j += lanes<T>, sums += lanes<T>) {
      const std::int64_t left = t.columns - j;  // at least 1
      const bool whole = left >= lanes<T>;
      Batch<T> value = Batch<T>::load_aligned(sums);
      if (t.add) value += whole ? Batch<T>::load_unaligned(c + j) : load_part<T>(c + j, left, T(0));
      if (t.bias) value += Batch<T>::load_unaligned(t.bias + j);
      if (whole)
        value.store_unaligned(c + j);
      else
        store_part<T>(value, c + j, left);
    }
  }
}

// Batch j of a row's `width`; the last one may be a part.
template <class T, int width, class Last>
ATTUNE_INLINE Batch<T> load(const T* row, int j, const Last& last) {
  const T* const x = row + j * lanes<T>;
  return j + 1 < width ? Batch<T>::load_unaligned(x) : last.load(x);
}

template <class T, int width>
ATTUNE_INLINE void store(const Batch<T>& value, T* row, int j, const First<T>& last) {
  T* const y = row + j * lanes<T>;
  if (j + 1 < width)
    value.store_unaligned(y);
  else
    last.store(value, y);
}

// The sums of `count` indices of k. By rows, one pointer serves three rows of A: a pointer or an
// offset of its own for each of 14 would not stay in registers.
template <int rows, bool by_rows>
inline constexpr int pointers = by_rows ? (rows + 2) / 3 : 1;

template <class T, int rows, int width, bool by_rows, int count, class Last>
ATTUNE_INLINE void add_products(const T* (&a)[pointers<rows, by_rows>], std::int64_t a_step,
                                const T*& b, std::int64_t b_row, const Last& last,
                                Batch<T> (&sum)[rows][width]) {
#pragma GCC unroll 8
  for (int p = 0; by_rows && p < pointers<rows, by_rows>; ++p)
    __asm__("" : "+r"(a[p]));  // not to be made into offsets
#pragma GCC unroll 4
  for (int ahead = 0; ahead < count; ++ahead) {
    Batch<T> row[width];
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) row[j] = held<T>(load<T, width>(b, j, last), b);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Batch<T> value(by_rows ? a[i / 3][ahead + i % 3 * a_step] : a[0][i]);
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
    }
    b += b_row;
  }
#pragma GCC unroll 8
  for (int p = 0; p < pointers<rows, by_rows>; ++p) a[p] += by_rows ? count : a_step;
}

// A few lines for each four indices of k, of which `step` came before: all at once would hold up
// the reading of B. What a training step multiplies lies in the third-level cache or in memory, and
// of A and of C's rows no processor guesses much. (Twelve sets of operands in turn, in parts of the
// peak of Zen 4: 1024 x 128 x 128 .74 and .93, 1024 x 128 x 384 by a transposed B .80 and .92.
// Found in the second-level cache, .3 to .8 % slower.)
template <class T, int rows, int width, bool by_rows>
ATTUNE_INLINE void ask_ahead(const Tile<T>& t, const T* a, const T* b, int step) {
  constexpr std::int64_t line = line_of<T>,
                         lines = (width * lanes<T> + line - 1) / line;  // of a row
  if (t.far_c && step < rows * lines)
    __builtin_prefetch(t.c + step % rows * t.c_row + step / rows * line, 1);
  if (by_rows && t.next)
    __builtin_prefetch(t.next + step % next_rows<T> * t.a_step + step / next_rows<T> * line);
  constexpr int ahead = 20;  // indices of k: on Zen 4, longer than memory takes
  if (!by_rows && t.far_a) {
#pragma GCC unroll 4
    for (int i = ahead; i < ahead + 4; ++i) {  // of one column two lines at most
      __builtin_prefetch(a + i * t.a_step);
      __builtin_prefetch(a + i * t.a_step + rows - 1);
    }
  }
  if (t.far_b) {
#pragma GCC unroll 4
    for (int i = ahead; i < ahead + 4; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < lines; ++j) __builtin_prefetch(b + i * t.b_row + j * line);
  }
}

template <class T, int rows, int width, bool by_rows>
void run_tile(const Tile<T>& t) {
  Batch<T> sum[rows][width];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));

  const T *a[pointers<rows, by_rows>], *b = t.b;
#pragma GCC unroll 8
  for (int p = 0; p < pointers<rows, by_rows>; ++p) a[p] = t.a + 3 * p * t.a_step;
  const std::int64_t a_step = t.a_step, b_row = t.b_row;
  const First<T> last(t.columns - (width - 1) * lanes<T>);
  std::int64_t k = t.k, whole_rows = t.whole_rows;
  if constexpr (constexpr int ways = turns<rows * width>; ways > 1) {
    if (k > small_k) {
      Batch<T> more[ways - 1][rows][width] = {};
      const auto add_four = [&](const auto& part) ATTUNE_INLINE_LAMBDA {
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i)
          add_products<T, rows, width, by_rows, 1>(a, a_step, b, b_row, part,
                                                   i % ways == 0 ? sum : more[i % ways - 1]);
      };
      for (; whole_rows >= 4; whole_rows -= 4, k -= 4) add_four(WholeBatch<T>());
      for (; k >= 4; k -= 4) add_four(last);
      whole_rows = 0;
#pragma GCC unroll 4
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) {
          Batch<T> turn[ways] = {sum[i][j]};
#pragma GCC unroll 4
          for (int way = 1; way < ways; ++way) turn[way] = more[way - 1][i][j];
          sum[i][j] = pairwise<ways>(turn);
        }
    }
  }
  int step = 0;
  for (const WholeBatch<T> whole; whole_rows >= 4; whole_rows -= 4, k -= 4) {
    ask_ahead<T, rows, width, by_rows>(t, a[0], b, step++);
    if constexpr (by_rows) {
      add_products<T, rows, width, true, 4>(a, a_step, b, b_row, whole, sum);
    } else {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i)
        add_products<T, rows, width, false, 1>(a, a_step, b, b_row, whole, sum);
    }
  }
  for (; k > 0; --k) add_products<T, rows, width, by_rows, 1>(a, a_step, b, b_row, last, sum);

  if constexpr (!First<T>::free) {
    if (!t.whole) {
      alignas(64) T sums[rows][width * lanes<T>];
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < width; ++j) sum[i][j].store_aligned(sums[i] + j * lanes<T>);
      return store_narrow<T, width>(t, rows, sums[0]);
    }
  }
  T* const c = t.c;
  const std::int64_t c_row = t.c_row;
  if (t.add) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < width; ++j) sum[i][j] += load<T, width>(c + i * c_row, j, last);
  }
  if (t.bias) {
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) {
      const Batch<T> bias = load<T, width>(t.bias, j, last);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) sum[i][j] += bias;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) store<T, width>(sum[i][j], c + i * c_row, j, last);
}

template <class T>
using TileFunction = void (*)(const Tile<T>&);

// Static: addresses of functions in a table on the stack are written anew at each call.
template <class T, int width, bool by_rows, int... i>
TileFunction<T> pick_tile(int rows, std::integer_sequence<int, i...>) {
  static constexpr TileFunction<T> functions[] = {run_tile<T, i + 1, width, by_rows>...};
  return functions[rows - 1];
}

// The function for a tile of 1..tile_rows<width> rows.
template <class T, int width>
TileFunction<T> tile_function(int rows, bool by_rows) {
  constexpr auto heights = std::make_integer_sequence<int, tile_rows<width>>();
  return by_rows ? pick_tile<T, width, true>(rows, heights)
                 : pick_tile<T, width, false>(rows, heights);
}

}  // namespace
}  // namespace attune::internal
