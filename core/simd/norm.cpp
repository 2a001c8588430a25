// Layer norm of rows that stay in the first-level cache, value and derivatives, once per
// instruction set.
#include <cmath>
#include <type_traits>

#include "core/kernels.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

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

// The lanes of the sum of term(i, part) over `n` elements from `first` on, in four running values.
// A term is 0 in the lanes behind the last element.
template <class T, class Term>
ATTUNE_INLINE Batch<T> sum_of_block(std::int64_t first, std::int64_t n, const Term& term) {
  Batch<T> sum[4] = {Batch<T>(T(0)), Batch<T>(T(0)), Batch<T>(T(0)), Batch<T>(T(0))};
  std::int64_t i = first;
  const std::int64_t end = first + n;
  for (; i + 4 * lanes<T> <= end; i += 4 * lanes<T>) {
#pragma GCC unroll 4
    for (int way = 0; way < 4; ++way)
      sum[way] = sum[way] + term(i + way * lanes<T>, WholeBatch<T>());
  }
  int way = 0;
  for (; i + lanes<T> <= end; i += lanes<T>, ++way) sum[way] = sum[way] + term(i, WholeBatch<T>());
  if (i < end) sum[way] = sum[way] + term(i, Rest<T>{end - i});
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// The sum of term(i, part), as fold: blocks of a fixed size, joined pairwise.
template <class T, class Term>
T sum_terms(std::int64_t first, std::int64_t n, const Term& term) {
  if (n <= fold_length) return join_lanes<Sum, T>(sum_of_block<T>(first, n, term));
  const std::int64_t half = fold_half(n);
  const T low = sum_terms<T>(first, half, term);
  return low + sum_terms<T>(first + half, n - half, term);
}

// sums[r], of term(r, i, part) over n elements, for each of `count` rows. Of several rows the lanes
// are joined together. REQUIRES: n <= fold_length, or one row.
template <class T, int count, class Term>
ATTUNE_INLINE void sum_rows(std::int64_t n, T* sums, const Term& term) {
  if constexpr (count == 1) {
    sums[0] = sum_terms<T>(0, n, [&](std::int64_t i, auto part) { return term(0, i, part); });
  } else {
    Batch<T> lanes_of[count];
    for (int r = 0; r < count; ++r)
      lanes_of[r] = sum_of_block<T>(
          0, n, [&](std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA { return term(r, i, part); });
    join_lanes_of<Sum, T, count>(lanes_of, sums);
  }
}

// So many rows at once where they are short, in bytes: what follows a sum, joined lanes, a division
// and a root, waits for itself, and rows do not wait for each other. (Zen 4, us, one by one and
// four at once, value and derivatives: 1024 x 128 f32 74 and 43, 97 and 69; 4096 x 16 172 and 98,
// 217 and 124; 1024 x 512 124 and 109, 238 and 219. Four of 4 KB do not fit a first-level cache.)
constexpr int rows_at_once = 4;
constexpr std::int64_t short_row = 2048;

// f(row, count) for all rows, some at once. `count` is a constant.
template <class T, class F>
ATTUNE_INLINE void for_rows(std::int64_t rows, std::int64_t n, const F& f) {
  std::int64_t row = 0;
  if (n <= short_row / static_cast<std::int64_t>(sizeof(T))) {
    for (; row + rows_at_once <= rows; row += rows_at_once)
      f(row, std::integral_constant<int, rows_at_once>());
  }
  for (; row < rows; ++row) f(row, std::integral_constant<int, 1>());
}

// Asks for what stands `ahead` elements later, in arrays of rows that follow each other: the
// processor looks ahead anew in every row, and not over the end of a page. Asked for in two passes
// over a row they take 8 % less than in one. (4096 rows of 1024 f32, with nothing asked for and so:
// Zen 4 1.9 and 1.6 ms; a Xeon 3.0 and, from the first-level cache, 2.2.)
template <class T, class... Arrays>
ATTUNE_INLINE void fetch_next_row(std::int64_t i, std::int64_t ahead, Arrays... arrays) {
  constexpr std::int64_t line = 64 / sizeof(T);
  if (lanes<T> == line || i % line == 0) (fetch_soon(arrays + ahead + i), ...);
}

template <class T>
void layer_norm(std::int64_t rows, std::int64_t n, T eps, const T* all_x, const T* scale,
                const T* shift, T* all_y, T* all_means, T* all_inverses) {
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    constexpr int count = at_once;
    const T divisor = static_cast<T>(n);
    const T* const x = all_x + row * n;
    T *const y = all_y + row * n, *const mean = all_means + row,
             *const inverse = all_inverses + row;
    T m[count], by[count];
    sum_rows<T, count>(n, m, [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
      return part.load(x + r * n + i, T(0));
    });
    for (int r = 0; r < count; ++r) m[r] /= divisor;
    sum_rows<T, count>(n, by, [=, &m](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
      fetch_next_row<T>(i, count * n, x + r * n);
      const Batch<T> centred = part.load(x + r * n + i, m[r]) - Batch<T>(m[r]);
      return centred * centred;
    });
    for (int r = 0; r < count; ++r) {
      by[r] = 1 / std::sqrt(by[r] / divisor + eps);
      mean[r] = m[r];
      inverse[r] = by[r];
    }
    for (int r = 0; r < count; ++r) {
      const T *const from = x + r * n, pad = m[r];
      T* const to = y + r * n;
      const Batch<T> centre(m[r]), factor(by[r]);
      batches<T>(n, [=](std::int64_t i, auto part) {
        fetch_next_row<T>(i, count * n, to);
        const Batch<T> normal = (part.load(from + i, pad) - centre) * factor;
        part.store(fma<T>(normal, part.load(scale + i, T(0)), part.load(shift + i, T(0))), to + i);
      });
    }
  });
}

// With h = g scale, c = x - mean and i = inverse: dx = i (h - mean(h) - c i^2 mean(h c)). The mean
// of h is taken off before the product is summed: c adds up to nearly 0, and h may be large beside
// what varies in it.
template <class T>
void layer_norm_backward(std::int64_t rows, std::int64_t n, const T* all_g, const T* all_x,
                         const T* scale, const T* all_means, const T* all_inverses, T* all_dx,
                         T* dscale, T* dshift) {
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    constexpr int count = at_once;
    const T divisor = static_cast<T>(n);
    const T *const g = all_g + row * n, *const x = all_x + row * n;
    T mean[count], inverse[count];  // copies: no result is written over them
    for (int r = 0; r < count; ++r) {
      mean[r] = all_means[row + r];
      inverse[r] = all_inverses[row + r];
    }
    if (all_dx) {
      T* const dx = all_dx + row * n;
      T average[count], along[count];
      sum_rows<T, count>(n, average, [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
        return part.load(g + r * n + i, T(0)) * part.load(scale + i, T(0));
      });
      for (int r = 0; r < count; ++r) average[r] /= divisor;
      sum_rows<T, count>(
          n, along, [=, &average, &mean](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
            fetch_next_row<T>(i, count * n, g + r * n, x + r * n);
            const Batch<T> h = part.load(g + r * n + i, T(0)) * part.load(scale + i, T(0));
            return (h - Batch<T>(average[r])) *
                   (part.load(x + r * n + i, mean[r]) - Batch<T>(mean[r]));
          });
      for (int r = 0; r < count; ++r) {
        const Batch<T> slope(-(along[r] / divisor) * inverse[r] * inverse[r]), taken(average[r]);
        const Batch<T> centre(mean[r]), by(inverse[r]);
        const T *const g_row = g + r * n, *const x_row = x + r * n, pad = mean[r];
        T* const to = dx + r * n;
        batches<T>(n, [=](std::int64_t i, auto part) {
          fetch_next_row<T>(i, count * n, to);
          const Batch<T> h = part.load(g_row + i, T(0)) * part.load(scale + i, T(0));
          const Batch<T> c = part.load(x_row + i, pad) - centre;
          part.store(fma<T>(slope, c, h - taken) * by, to + i);
        });
      }
    }
    if (dscale) {
      batches<T>(n, [&](std::int64_t i, auto part) {
        Batch<T> sum = part.load(dscale + i, T(0));
        for (int r = 0; r < count; ++r) {
          const Batch<T> c = part.load(x + r * n + i, mean[r]) - Batch<T>(mean[r]);
          sum = fma<T>(part.load(g + r * n + i, T(0)), c * Batch<T>(inverse[r]), sum);
        }
        part.store(sum, dscale + i);
      });
    }
    if (dshift) {
      batches<T>(n, [&](std::int64_t i, auto part) {
        Batch<T> sum = part.load(dshift + i, T(0));
        for (int r = 0; r < count; ++r) sum = part.load(g + r * n + i, T(0)) + sum;
        part.store(sum, dshift + i);
      });
    }
  });
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  table.f32.layer_norm = layer_norm<float>;
  table.f64.layer_norm = layer_norm<double>;
  table.f32.layer_norm_backward = layer_norm_backward<float>;
  table.f64.layer_norm_backward = layer_norm_backward<double>;
}

}  // namespace attune::internal
