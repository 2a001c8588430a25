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
void clear(T* x, std::int64_t begin, std::int64_t end) {
  for (std::int64_t j = begin; j < end; ++j) x[j] = 0;
}

struct Highest {
  template <class T>
  static Batch<T> join(const Batch<T>& a, const Batch<T>& b) {
    return math::maximum<T>(a, b);
  }
  static float join(float a, float b) { return a > b || a != a ? a : b; }
  static double join(double a, double b) { return a > b || a != a ? a : b; }
};

template <class T>
T exp_of(T x) {
  return math::exp<T>(Batch<T>(x)).get(0);
}

// exp(x - top) in place of x, and the sum of them: four running sums, and their tree.
template <class T>
T exp_and_sum(std::int64_t n, T* x, T scale, T top) {
  constexpr int ways = 4;
  const Batch<T> factor(scale), shift(top);
  const auto weight = [&](const Batch<T>& v) { return math::exp<T>(v * factor - shift); };
  Batch<T> sum[ways] = {Batch<T>(T(0)), Batch<T>(T(0)), Batch<T>(T(0)), Batch<T>(T(0))};
  std::int64_t j = 0;
  for (; j + ways * lanes<T> <= n; j += ways * lanes<T>) {
#pragma GCC unroll 4
    for (int way = 0; way < ways; ++way) {
      T* const at = x + j + way * lanes<T>;
      const Batch<T> e = weight(Batch<T>::load_unaligned(at));
      e.store_unaligned(at);
      sum[way] += e;
    }
  }
  for (int way = 0; j < n; ++way, j += lanes<T>) {
    if (n - j >= lanes<T>) {
      const Batch<T> e = weight(Batch<T>::load_unaligned(x + j));
      e.store_unaligned(x + j);
      sum[way] += e;
    } else {
      store_part<T>(weight(load_part<T>(x + j, n - j, T(0))), x + j, n - j);
      sum[way] += load_part<T>(x + j, n - j, T(0));
    }
  }
  return join_lanes<Sum, T>((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

template <class T>
T highest(std::int64_t n, const T* x, T scale) {
  const T start = -infinity<T>;
  const Batch<T> factor(scale);
  T pad = start;
  if (scale < 0) pad = infinity<T>;
  return fold_block<Highest, T>(n, x, start, pad, [&](const Batch<T>& s, const Batch<T>& v) {
    return math::maximum<T>(s, v * factor);
  });
}

template <class T>
void attention_rows(const AttentionRows<T>& a) {
  T* row = a.scores;
  for (std::int64_t i = 0; i < a.rows; ++i, row += a.columns) {
    const std::int64_t n = seen(a.diagonal, i, a.columns);
    clear(row, n, a.columns);
    const T old = a.first ? -infinity<T> : a.top[i];
    T top = n > 0 && a.scale != 0 ? highest<T>(n, row, a.scale) : n > 0 ? T(0) : -infinity<T>;
    top = Highest::join(old, top);
    a.top[i] = top;
    if (a.first) a.total[i] = 0;
    if (top == -infinity<T>) {  // nothing is seen so far
      clear(row, 0, n);
      continue;
    }
    const T sum = n > 0 ? exp_and_sum<T>(n, row, a.scale, top) : T(0);
    if (a.first || old == top) {
      a.total[i] += sum;
      continue;
    }
    const T factor = exp_of<T>(old - top);
    a.total[i] = a.total[i] * factor + sum;
    T* const out = a.out + i * a.out_row;
    map<T>(a.width, out, out, [f = Batch<T>(factor)](const Batch<T>& v) { return v * f; });
  }
}

template <class T>
void attention_slopes(const AttentionSlopes<T>& a) {
  T *weight = a.scores, *slope = a.slopes;
  const Batch<T> scale(a.scale), factor(a.factor);
  for (std::int64_t i = 0; i < a.rows; ++i, weight += a.columns, slope += a.columns) {
    const std::int64_t n = seen(a.diagonal, i, a.columns);
    clear(weight, n, a.columns);
    clear(slope, n, a.columns);
    const Batch<T> log(a.logs[i]), inner(a.inner[i]);
    const auto step = [&](const Batch<T>& score, Batch<T>& s) {
      const Batch<T> w = math::exp<T>(score * scale - log);
      s = w * (s - inner) * factor;
      return w;
    };
    std::int64_t j = 0;
    for (; j + lanes<T> <= n; j += lanes<T>) {
      Batch<T> s = Batch<T>::load_unaligned(slope + j);
      step(Batch<T>::load_unaligned(weight + j), s).store_unaligned(weight + j);
      s.store_unaligned(slope + j);
    }
    if (j == n) continue;
    Batch<T> s = load_part<T>(slope + j, n - j, T(0));
    store_part<T>(step(load_part<T>(weight + j, n - j, T(0)), s), weight + j, n - j);
    store_part<T>(s, slope + j, n - j);
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
