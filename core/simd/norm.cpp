// Layer norm of rows that stay in the first-level cache, value and derivatives, once per
// instruction set.
#include <cmath>
#include <limits>

#include "core/kernels.hpp"
#include "core/simd/rows.hpp"

namespace attune::internal {
namespace {

// Whether a row varies by less than some thousand times what its mean may be off by: the error
// would then be a visible part of the deviations.
template <class T>
bool hardly_varies(T mean, T variance) {
  constexpr T part = 8192 * std::numeric_limits<T>::epsilon();
  return variance < part * mean * (part * mean);
}

// Of such a row: what the sum of its elements lost is added to their mean.
template <class T>
[[gnu::noinline]] void correct(std::int64_t n, const T* x, T& mean, T& squares) {
  const auto centred = [&](std::int64_t i, auto part)
                           ATTUNE_INLINE_LAMBDA { return part.load(x + i, mean) - Batch<T>(mean); };
  mean += fold_terms<Sum, T>(0, n, T(0), centred) / static_cast<T>(n);
  squares = fold_terms<Sum, T>(0, n, T(0), [&](std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
    const Batch<T> c = centred(i, part);
    return c * c;
  });
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
    fold_rows<Sum, T, count>(n, T(0), m,
                             [=](int r, std::int64_t i, auto part)
                                 ATTUNE_INLINE_LAMBDA { return part.load(x + r * n + i, T(0)); });
    for (int r = 0; r < count; ++r) m[r] /= divisor;
    fold_rows<Sum, T, count>(
        n, T(0), by, [=, &m](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
          fetch_next_row<T>(i, count * n, x + r * n);
          const Batch<T> centred = part.load(x + r * n + i, m[r]) - Batch<T>(m[r]);
          return centred * centred;
        });
    for (int r = 0; r < count; ++r) {
      if (hardly_varies(m[r], by[r] / divisor)) correct(n, x + r * n, m[r], by[r]);
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
      fold_rows<Sum, T, count>(n, T(0), average,
                               [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
                                 return part.load(g + r * n + i, T(0)) * part.load(scale + i, T(0));
                               });
      for (int r = 0; r < count; ++r) average[r] /= divisor;
      fold_rows<Sum, T, count>(
          n, T(0), along,
          [=, &average, &mean](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
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
