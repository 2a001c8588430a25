// Sums and extrema, over a run and over rows, once per instruction set.
#include "core/kernels.hpp"
#include "core/simd/rows.hpp"
#include "core/simd/square.hpp"

namespace attune::internal {
namespace {

struct Smallest {
  template <class T>
  static constexpr T start = infinity<T>;
  template <class T>
  static Batch<T> join(const Batch<T>& a, const Batch<T>& b) {
    return math::minimum<T>(a, b);
  }
  template <class Lanes>  // a vector of the compiler's, or a number
  static Lanes join(Lanes a, Lanes b) {
    return ((a < b) | (a != a)) ? a : b;
  }
};

struct Product {
  template <class T>
  static constexpr T start = 1;
  template <class V>
  static V join(V a, V b) {
    return a * b;
  }
};

template <class Join, class T>
T joined(std::int64_t n, const T* x) {
  constexpr T start = Join::template start<T>;
  return fold<Join, T>(n, x, start, start,
                       [](const Batch<T>& s, const Batch<T>& v) { return Join::join(v, s); });
}

template <class T>
T sum_of_squares(std::int64_t n, const T* x) {
  return fold<Sum, T>(n, x, 0, 0,
                      [](const Batch<T>& s, const Batch<T>& v) { return fma<T>(v, v, s); });
}

// x - x is 0 for a finite x and NaN for the others.
template <class T>
bool all_finite(std::int64_t n, const T* x) {
  return fold_block<Sum, T>(n, x, 0, 0,
                            [](const Batch<T>& s, const Batch<T>& v) { return s + (v - v); }) == 0;
}

// `count` batches side by side down all rows: blocks of 64, joined pairwise as the binary digits of
// their number carry. Near the array's end, and only there, a last batch that is not whole is
// loaded padded.
template <class T, int count>
void sum_columns(std::int64_t m, std::int64_t width, const T* x, std::int64_t x_row, T* y,
                 bool accumulate) {
  constexpr std::int64_t block = 64;
  const std::int64_t last = (count - 1) * lanes<T>, rest = width - last;
  Batch<T> joined[48][count];  // joined[d]: the sum of 2^d blocks, where digit d of `before` is 1
  std::int64_t before = 0;     // blocks
  Batch<T> sum[count];
  for (std::int64_t i = 0;; ++before) {
    for (Batch<T>& s : sum) s = Batch<T>(T(0));
    const std::int64_t end = i + block < m ? i + block : m;
    for (; i < end; ++i) {
      const T* row = x + i * x_row;
      for (int j = 0; j + 1 < count; ++j) sum[j] += Batch<T>::load_unaligned(row + j * lanes<T>);
      const bool whole = rest == lanes<T> || (m - 1 - i) * x_row + rest >= lanes<T>;
      sum[count - 1] +=
          whole ? Batch<T>::load_unaligned(row + last) : load_part<T>(row + last, rest, T(0));
    }
    if (i == m) break;
    int digit = 0;
    for (; (before >> digit & 1) != 0; ++digit)
      for (int j = 0; j < count; ++j) sum[j] = joined[digit][j] + sum[j];
    for (int j = 0; j < count; ++j) joined[digit][j] = sum[j];
  }
  if (before != 0) {
    for (int j = 0; j < count; ++j) {
      Batch<T> total(T(0));
      for (int digit = 63 - __builtin_clzll(static_cast<unsigned long long>(before)); digit >= 0;
           --digit)
        if ((before >> digit & 1) != 0) total += joined[digit][j];
      sum[j] = total + sum[j];
    }
  }

  for (int j = 0; j < count; ++j) {
    T* out = y + j * lanes<T>;
    const std::int64_t valid = j + 1 < count ? lanes<T> : rest;
    if (valid == lanes<T>) {
      (accumulate ? Batch<T>::load_unaligned(out) + sum[j] : sum[j]).store_unaligned(out);
    } else {
      store_part<T>(accumulate ? load_part<T>(out, valid, T(0)) + sum[j] : sum[j], out, valid);
    }
  }
}

template <class T>
void sum_rows(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y,
              bool accumulate) {
  if (n == 1 && x_row == 1) {
    const T value = joined<Sum, T>(m, x);
    *y = accumulate ? *y + value : value;
    return;
  }
  std::int64_t j = 0;
  for (; n - j >= 4 * lanes<T>; j += 4 * lanes<T>)
    sum_columns<T, 4>(m, 4 * lanes<T>, x + j, x_row, y + j, accumulate);
  for (; j < n; j += lanes<T>) {
    const std::int64_t width = n - j < lanes<T> ? n - j : lanes<T>;
    sum_columns<T, 1>(m, width, x + j, x_row, y + j, accumulate);
  }
}

// `count` batches of columns, each added as fold_block adds a run: element i to running value
// i % slots, then their tree. The last batch has `rest` columns.
template <class T, int count>
void sum_across_block(std::int64_t m, const T* x, std::int64_t x_row, std::int64_t rest,
                      Batch<T>* y) {
  constexpr int ways = 4, slots = ways * lanes<T>;
  const auto last = [rest](const T* at) {
    return rest == lanes<T> ? Batch<T>::load_unaligned(at) : load_part<T>(at, rest, T(0));
  };
  Batch<T> running[slots][count];
  for (auto& slot : running)
    for (Batch<T>& value : slot) value = Batch<T>(T(0));
  for (std::int64_t i = 0; i < m; ++i) {
    Batch<T>* const slot = running[i % slots];
    const T* const row = x + i * x_row;
    for (int j = 0; j + 1 < count; ++j) slot[j] += Batch<T>::load_unaligned(row + j * lanes<T>);
    slot[count - 1] += last(row + (count - 1) * lanes<T>);
  }
  const auto join = [&running](int lower, int upper) {
    for (int j = 0; j < count; ++j) running[lower][j] += running[upper][j];
  };
  for (int lane = 0; lane < lanes<T>; ++lane) {
    join(lane, lanes<T> + lane);
    join(2 * lanes<T> + lane, 3 * lanes<T> + lane);
    join(lane, 2 * lanes<T> + lane);
  }
  for (int half = lanes<T> / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) join(lane, half + lane);
  for (int j = 0; j < count; ++j) y[j] = running[0][j];
}

template <class T, int count>
void sum_across(std::int64_t m, const T* x, std::int64_t x_row, std::int64_t rest, Batch<T>* y) {
  if (m <= fold_length) return sum_across_block<T, count>(m, x, x_row, rest, y);
  const std::int64_t half = fold_half(m);
  Batch<T> high[count];
  sum_across<T, count>(half, x, x_row, rest, y);
  sum_across<T, count>(m - half, x + half * x_row, x_row, rest, high);
  for (int j = 0; j < count; ++j) y[j] += high[j];
}

// The columns go by four batches, whose running values fill half a first-level cache at most.
template <class T>
void sum_runs(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y) {
  constexpr int count = 4;
  Batch<T> sums[count];
  std::int64_t j = 0;
  for (; n - j >= count * lanes<T>; j += count * lanes<T>) {
    sum_across<T, count>(m, x + j, x_row, lanes<T>, sums);
    for (int k = 0; k < count; ++k) sums[k].store_unaligned(y + j + k * lanes<T>);
  }
  for (; j < n; j += lanes<T>) {
    const std::int64_t rest = n - j < lanes<T> ? n - j : lanes<T>;
    sum_across<T, 1>(m, x + j, x_row, rest, sums);
    store_up_to<T>(sums[0], y + j, rest);
  }
}

// Rows up to this length are joined side by side. (4M f32 on Zen 5, ms: sums of rows of 2, 15, 16
// and 32, some at once, 7.6, 1.44, .64 and .50, and so .76, .44, .40 and .36; maxima, one by one,
// 40, 5.8, 4.8 and 2.5, and so .81, .48, .41 and .36.)
template <class T>
constexpr std::int64_t narrow_row = 2 * lanes<T>;

// Of as many rows as a batch has lanes, each in its lane, in the order in which fold_block and
// join_lanes join the elements of one row. Reads the last row to the end of a piece. Lines are
// asked for 8 KB ahead, as the processor does not foresee pieces of many rows. (Sums of rows of 16
// on Zen 5, ms, with nothing asked for, 4 KB and 8 KB ahead: 16M f32 3.3, 2.4 and 1.9; 4M f64 1.72,
// 1.10 and .84.)
template <class Join, class T>
ATTUNE_INLINE Batch<T> joined_side_by_side(std::int64_t n, const T* x) {
  constexpr std::int64_t line = 64 / sizeof(T), ahead = 8192 / sizeof(T);
  Batch<T> columns[narrow_row<T>];
  for (std::int64_t i = 0; i < n * lanes<T>; i += line) fetch_soon(x + ahead + i);
  for (std::int64_t i = 0; i < n; i += Square<T>::piece) Square<T>::columns(x + i, n, columns + i);
  for (std::int64_t half = lanes<T>; half > 0; half /= 2) {
    const std::int64_t end = n < 2 * half ? n : 2 * half;
    for (std::int64_t i = half; i < end; ++i)
      columns[i - half] = Join::join(columns[i - half], columns[i]);
  }
  // -0 alone sums up to 0.
  return Join::join(columns[0], Batch<T>(Join::template start<T>));
}

template <class Join, class T>
void joined_rows(std::int64_t rows, std::int64_t n, const T* x, T* y) {
  if (0 < n && n <= narrow_row<T>) {
    constexpr std::int64_t piece = Square<T>::piece;
    const std::int64_t behind = (n + piece - 1) / piece * piece - n;
    for (; n * (rows - lanes<T>) >= behind; rows -= lanes<T>, x += lanes<T> * n, y += lanes<T>)
      joined_side_by_side<Join, T>(n, x).store_unaligned(y);
  }
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    const T* const from = x + row * n;
    constexpr T start = Join::template start<T>;
    fold_rows<Join, T, at_once>(n, start, y + row,
                                [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
                                  return part.load(from + r * n + i, start);
                                });
  });
}

template <class Join, class T>
void fill(KernelsOf<T>& table, Reduce op) {
  table.reduce[static_cast<int>(op)] = joined<Join, T>;
  table.reduce_rows[static_cast<int>(op)] = joined_rows<Join, T>;
}

template <class T>
void fill(KernelsOf<T>& table) {
  fill<Sum>(table, Reduce::sum);
  fill<Largest>(table, Reduce::max);
  fill<Smallest>(table, Reduce::min);
  fill<Product>(table, Reduce::prod);
  table.reduce[static_cast<int>(Reduce::sum_of_squares)] = sum_of_squares<T>;
  table.all_finite = all_finite<T>;
  table.sum_rows = sum_rows<T>;
  table.sum_runs = sum_runs<T>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
