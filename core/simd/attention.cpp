// Rows of the weights of attention, a block of columns at a time, once per instruction set.
#include "core/kernels.hpp"
#include "core/simd/math_exp.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// The columns of row `row` that may be seen.
std::int64_t seen(std::int64_t diagonal, std::int64_t row, std::int64_t columns) {
  const std::int64_t most = diagonal + row;
  return most < 0 ? 0 : most < columns ? most : columns;
}

template <class T>
struct LaneNumbers {
  alignas(64) T number[lanes<T>];
  constexpr LaneNumbers() : number{} {
    for (int i = 0; i < lanes<T>; ++i) number[i] = static_cast<T>(i);
  }
};
template <class T>
inline constexpr LaneNumbers<T> lane_numbers;

// The first `count` lanes, the others `pad`. A row has room for whole batches: nothing is stored in
// parts, which the next pass over the row would wait for.
template <class T>
ATTUNE_INLINE Batch<T> first_of(const Batch<T>& value, std::int64_t count, T pad) {
  const Batch<T> number = Batch<T>::load_aligned(lane_numbers<T>.number);
  return xsimd::select(number < Batch<T>(static_cast<T>(count)), value, Batch<T>(pad));
}

// All batches of a row of `columns` behind the first n elements, and these.
template <class T>
ATTUNE_INLINE void clear_behind(T* x, std::int64_t n, std::int64_t columns) {
  for (std::int64_t j = (n + lanes<T> - 1) / lanes<T> * lanes<T>; j < columns; j += lanes<T>)
    Batch<T>(T(0)).store_unaligned(x + j);
}

// The largest of n lanes, as join_lanes() goes; NaN may get lost.
template <class T, int n, class Vector, int... i>
ATTUNE_INLINE T largest_lane(const Vector& value, std::integer_sequence<int, i...>) {
  if constexpr (n == 1) {
    return value[0];
  } else {
    const auto low = __builtin_shufflevector(value, value, i...);
    const auto high = __builtin_shufflevector(value, value, (n / 2 + i)...);
    return largest_lane<T, n / 2>(low > high ? low : high,
                                  std::make_integer_sequence<int, n / 4>());
  }
}

// The largest of x[0..n) * scale. NaN is lost, but for one beside which there is no number.
template <class T>
T highest(std::int64_t n, const T* x, T scale) {
  const Batch<T> factor(scale);
  const Batch<T> least(-infinity<T>);
  Batch<T> top = least, other = least;
  std::int64_t j = 0;
  for (; j + 2 * lanes<T> <= n; j += 2 * lanes<T>) {
    top = xsimd::max(Batch<T>::load_unaligned(x + j) * factor, top);
    other = xsimd::max(Batch<T>::load_unaligned(x + j + lanes<T>) * factor, other);
  }
  for (; j < n; j += lanes<T>) {
    const Batch<T> v = Batch<T>::load_unaligned(x + j) * factor;
    top = xsimd::max(first_of<T>(v, n - j, -infinity<T>), top);
  }
  typedef T Vector __attribute__((vector_size(lanes<T> * sizeof(T))));
  const T result = largest_lane<T, lanes<T>>(__builtin_bit_cast(Vector, xsimd::max(top, other)),
                                             std::make_integer_sequence<int, lanes<T> / 2>());
  if (result == -infinity<T>)
    for (j = 0; j < n; ++j)
      if (const T product = x[j] * scale; product != product) return product;
  return result;
}

// exp(x * scale - top) in place of x, and the sum of them. An exponential takes longer than the
// addition before it, so one running sum does.
template <class T>
T exp_and_sum(std::int64_t n, T* x, T scale, T top) {
  const Batch<T> factor(scale), shift(top);
  const auto weight = [&](std::int64_t j) {
    return math::exp<T>(Batch<T>::load_unaligned(x + j) * factor - shift);
  };
  Batch<T> sum(T(0));
  std::int64_t j = 0;
  for (; j + lanes<T> <= n; j += lanes<T>) {
    const Batch<T> e = weight(j);
    e.store_unaligned(x + j);
    sum += e;
  }
  if (j < n) {
    const Batch<T> e = first_of<T>(weight(j), n - j, T(0));
    e.store_unaligned(x + j);
    sum += e;
  }
  return join_lanes<Sum, T>(sum);
}

template <class T>
void attention_rows(const AttentionRows<T>& a) {
  T* row = a.scores;
  for (std::int64_t i = 0; i < a.rows; ++i, row += a.row) {
    const std::int64_t n = seen(a.diagonal, i, a.columns);
    clear_behind(row, n, a.columns);
    const T old = a.first ? -infinity<T> : a.top[i];
    const T here = highest<T>(n, row, a.scale);
    const T top = old > here ? old : here;
    a.top[i] = top;
    if (a.first) a.total[i] = 0;
    if (top == -infinity<T>) {  // nothing is seen so far
      clear_behind(row, 0, n);
      continue;
    }
    const T sum = exp_and_sum<T>(n, row, a.scale, top);
    if (a.first || old == top) {
      a.total[i] += sum;
      continue;
    }
    const T factor = math::exp<T>(Batch<T>(old - top)).get(0);
    a.total[i] = a.total[i] * factor + sum;
    T* const out = a.out + i * a.out_row;
    map<T>(a.width, out, out, [f = Batch<T>(factor)](const Batch<T>& v) { return v * f; });
  }
}

template <class T>
void attention_slopes(const AttentionSlopes<T>& a) {
  T *weight = a.scores, *slope = a.slopes;
  const Batch<T> scale(a.scale), factor(a.factor);
  for (std::int64_t i = 0; i < a.rows; ++i, weight += a.row, slope += a.row) {
    const std::int64_t n = seen(a.diagonal, i, a.columns);
    clear_behind(weight, n, a.columns);
    clear_behind(slope, n, a.columns);
    const Batch<T> log(a.logs[i]), inner(a.inner[i]);
    Batch<T> w, s;
    const auto step = [&](std::int64_t j) {
      w = math::exp<T>(Batch<T>::load_unaligned(weight + j) * scale - log);
      s = w * (Batch<T>::load_unaligned(slope + j) - inner) * factor;
    };
    std::int64_t j = 0;
    for (; j + lanes<T> <= n; j += lanes<T>) {
      step(j);
      w.store_unaligned(weight + j);
      s.store_unaligned(slope + j);
    }
    if (j == n) continue;
    step(j);
    first_of<T>(w, n - j, T(0)).store_unaligned(weight + j);
    first_of<T>(s, n - j, T(0)).store_unaligned(slope + j);
  }
}

// The sum of a[i] b[i] over each row.
template <class T>
void row_products(std::int64_t rows, std::int64_t n, const T* a, std::int64_t a_row, const T* b,
                  std::int64_t b_row, T* y) {
  for (std::int64_t i = 0; i < rows; ++i, a += a_row, b += b_row) {
    Batch<T> sum(T(0));
    std::int64_t j = 0;
    for (; j + lanes<T> <= n; j += lanes<T>)
      sum = fma<T>(Batch<T>::load_unaligned(a + j), Batch<T>::load_unaligned(b + j), sum);
    if (j < n)
      sum = fma<T>(load_part<T>(a + j, n - j, T(0)), load_part<T>(b + j, n - j, T(0)), sum);
    y[i] = join_lanes<Sum, T>(sum);
  }
}

template <class T>
void fill(KernelsOf<T>& table) {
  table.attention_rows = attention_rows<T>;
  table.attention_slopes = attention_slopes<T>;
  table.row_products = row_products<T>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
