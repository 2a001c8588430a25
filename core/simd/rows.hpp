// Walks over rows that follow each other, and what is folded over each of them: short rows go some
// at once, with the bits of each alone.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/simd/math_bits.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// NaN where either is NaN.
struct Largest {
  template <class T>
  static constexpr T start = -infinity<T>;
  template <class T>
  static Batch<T> join(const Batch<T>& a, const Batch<T>& b) {
    return math::maximum<T>(a, b);
  }
  template <class Lanes>  // a vector of the compiler's, or a number
  static Lanes join(Lanes a, Lanes b) {
    return ((a > b) | (a != a)) ? a : b;
  }
};

// Batches of a row: f(i, part) with part.load and part.store for the elements from i on.
template <class T>
struct Rest {
  std::int64_t count;
  Batch<T> load(const T* x, T pad) const { return load_part<T>(x, count, pad); }
  void store(const Batch<T>& value, T* y) const { store_part<T>(value, y, count); }
};
template <class T, class F>
ATTUNE_INLINE void batches(std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) f(i, WholeBatch<T>());
  if (i < n) f(i, Rest<T>{n - i});
}

// The lanes of term(i, part) joined over `n` elements from `first` on, in four running values. A
// term is `start` in the lanes behind the last element, which leaves a running value as it is.
template <class Join, class T, class Term>
ATTUNE_INLINE Batch<T> fold_terms_of_block(std::int64_t first, std::int64_t n, T start,
                                           const Term& term) {
  Batch<T> running[4] = {Batch<T>(start), Batch<T>(start), Batch<T>(start), Batch<T>(start)};
  std::int64_t i = first;
  const std::int64_t end = first + n;
  for (; i + 4 * lanes<T> <= end; i += 4 * lanes<T>) {
#pragma GCC unroll 4
    for (int way = 0; way < 4; ++way)
      running[way] = Join::join(term(i + way * lanes<T>, WholeBatch<T>()), running[way]);
  }
  int way = 0;
  for (; i + lanes<T> <= end; i += lanes<T>, ++way)
    running[way] = Join::join(term(i, WholeBatch<T>()), running[way]);
  if (i < end) running[way] = Join::join(term(i, Rest<T>{end - i}), running[way]);
  return Join::join(Join::join(running[0], running[1]), Join::join(running[2], running[3]));
}

// term(i, part) joined as fold joins elements: blocks of a fixed size, these pairwise.
template <class Join, class T, class Term>
T fold_terms(std::int64_t first, std::int64_t n, T start, const Term& term) {
  if (n <= fold_length)
    return join_lanes<Join, T>(fold_terms_of_block<Join, T>(first, n, start, term));
  const std::int64_t half = fold_half(n);
  const T low = fold_terms<Join, T>(first, half, start, term);
  return Join::join(low, fold_terms<Join, T>(first + half, n - half, start, term));
}

// y[r], of term(r, i, part) over n elements, for each of `count` rows. Of several rows the lanes
// are joined together. REQUIRES: n <= fold_length, or one row.
template <class Join, class T, int count, class Term>
ATTUNE_INLINE void fold_rows(std::int64_t n, T start, T* y, const Term& term) {
  if constexpr (count == 1) {
    y[0] = fold_terms<Join, T>(0, n, start,
                               [&](std::int64_t i, auto part) { return term(0, i, part); });
  } else {
    Batch<T> lanes_of[count];
    for (int r = 0; r < count; ++r)
      lanes_of[r] = fold_terms_of_block<Join, T>(
          0, n, start,
          [&](std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA { return term(r, i, part); });
    join_lanes_of<Join, T, count>(lanes_of, y);
  }
}

// So many rows at once where they are short, in bytes: what follows a sum, joined lanes, a division
// and a root, waits for itself, and rows do not wait for each other. (Layer norm on Zen 4, us, one
// by one and four at once, value and derivatives: 1024 x 128 f32 74 and 43, 97 and 69; 4096 x 16
// 172 and 98, 217 and 124; 1024 x 512 124 and 109, 238 and 219. Four of 4 KB do not fit a
// first-level cache.) Rows of a batch and less wait still longer for what their work is: 65536 x
// 10, both ways, four at once 1965 us on Zen 5, sixteen 1504.
constexpr int rows_at_once = 4, narrow_rows_at_once = 16;
constexpr std::int64_t short_row = 2048;

// f(row, count) for all rows, some at once. `count` is a constant.
template <class T, class F>
ATTUNE_INLINE void for_rows(std::int64_t rows, std::int64_t n, const F& f) {
  std::int64_t row = 0;
  if (n <= lanes<T>)
    for (; row + narrow_rows_at_once <= rows; row += narrow_rows_at_once)
      f(row, std::integral_constant<int, narrow_rows_at_once>());
  if (n <= short_row / static_cast<std::int64_t>(sizeof(T))) {
    for (; row + rows_at_once <= rows; row += rows_at_once)
      f(row, std::integral_constant<int, rows_at_once>());
  }
  for (; row < rows; ++row) f(row, std::integral_constant<int, 1>());
}

// Asks for what stands `ahead` elements later, in arrays of rows that follow each other: the
// processor looks ahead anew in every row, and not over the end of a page. Asked for in two passes
// over a row they take 8 % less than in one. Long rows would have left the caches again. (4096 rows
// of 1024 f32, ms, with nothing asked for and so: layer norm 1.9 and 1.6 on Zen 4, 3.0 and, from
// the first-level cache, 2.2 on a Xeon; softmax 1.69 and 1.08 on Zen 5.)
template <class T, class... Arrays>
ATTUNE_INLINE void fetch_next_row(std::int64_t i, std::int64_t ahead, Arrays... arrays) {
  constexpr std::int64_t line = 64 / sizeof(T), longest = 131072 / sizeof(T);
  if (ahead <= longest && (lanes<T> == line || i % line == 0))
    (fetch_soon(arrays + ahead + i), ...);
}

}  // namespace
}  // namespace attune::internal
