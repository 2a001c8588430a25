// Layer norm of rows that stay in the first-level cache, value and derivatives, once per
// instruction set.
#include <cmath>
#include <limits>

#include "core/kernels.hpp"
#include "core/simd/rows.hpp"

namespace attune::internal {
namespace {

// How far a mean may be from 0, in standard deviations, before what rounding took from it, some
// units in the last place, shows in the deviations.
template <class T>
constexpr T far = 32;

// Of a row whose mean may be farther: what the sum of its elements lost is added to their mean.
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

// Of such a row, again and to the last digits: even the number nearest to its mean is off by
// `rest`.
template <class T>
[[gnu::noinline]] void normalize_far_row(std::int64_t n, T eps, const T* x, const T* scale,
                                         const T* shift, T* y, T mean, T& rest, T& inverse) {
  const auto centred = [=](std::int64_t i, auto part)
                           ATTUNE_INLINE_LAMBDA { return part.load(x + i, mean) - Batch<T>(mean); };
  const T divisor = static_cast<T>(n);
  rest = fold_terms<Sum, T>(0, n, T(0), centred) / divisor;
  const T squares =
      fold_terms<Sum, T>(0, n, T(0), [&](std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
        const Batch<T> c = centred(i, part);
        return c * c;
      });
  inverse = 1 / std::sqrt(squares / divisor - rest * rest + eps);
  const Batch<T> less(rest), factor(inverse);
  batches<T>(n, [&](std::int64_t i, auto part) {
    const Batch<T> normal = (centred(i, part) - less) * factor;
    part.store(fma<T>(normal, part.load(scale + i, T(0)), part.load(shift + i, T(0))), y + i);
  });
}

template <class T>
void layer_norm(std::int64_t rows, std::int64_t n, T eps, const T* all_x, const T* scale,
                const T* shift, T* all_y, T* all_means, T* all_rests, T* all_inverses) {
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
      const T near = m[r] / far<T>;
      if (by[r] / divisor < near * near) correct(n, x + r * n, m[r], by[r]);
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
  // Looked for here, a batch of rows at once: a branch for each would be felt in short ones.
  batches<T>(rows, [=](std::int64_t first, auto part) {
    part.store(Batch<T>(T(0)), all_rests + first);
    const Batch<T> mean = part.load(all_means + first, T(0)),
                   inverse = part.load(all_inverses + first, T(0));
    if (!xsimd::any(xsimd::abs(mean) * inverse > Batch<T>(far<T>))) return;
    for (std::int64_t row = first; row < rows && row < first + lanes<T>; ++row) {
      if (std::abs(all_means[row]) * all_inverses[row] > far<T>)
        normalize_far_row(n, eps, all_x + row * n, scale, shift, all_y + row * n, all_means[row],
                          all_rests[row], all_inverses[row]);
    }
  });
}

// With h = g scale, c = x - mean - rest and i = inverse: dx = i (h - mean(h) - c i^2 mean(h c)).
// The mean of h is taken off before the product is summed: c adds up to nearly 0, and h may be
// large beside what varies in it. The sum takes no rest off x, whose products add up to 0.
template <class T>
void layer_norm_backward(std::int64_t rows, std::int64_t n, const T* all_g, const T* all_x,
                         const T* scale, const T* all_means, const T* all_rests,
                         const T* all_inverses, T* all_dx, T* dscale, T* dshift) {
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    constexpr int count = at_once;
    const T divisor = static_cast<T>(n);
    const T *const g = all_g + row * n, *const x = all_x + row * n;
    T mean[count], rest[count], inverse[count];  // copies: no result is written over them
    for (int r = 0; r < count; ++r) {
      mean[r] = all_means[row + r];
      rest[r] = all_rests[row + r];
      inverse[r] = all_inverses[row + r];
    }
    bool far_rows = false;
    for (int r = 0; r < count; ++r) far_rows |= rest[r] != 0;
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
      // h - mean(h) - (x - mean - rest) i^2 mean(h c)
      for (int r = 0; far_rows && r < count; ++r)
        average[r] -= along[r] / divisor * inverse[r] * inverse[r] * rest[r];
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
      const auto add_products = [&](const auto& normal) ATTUNE_INLINE_LAMBDA {
        batches<T>(n, [&](std::int64_t i, auto part) {
          Batch<T> sum = part.load(dscale + i, T(0));
          for (int r = 0; r < count; ++r)
            sum = fma<T>(part.load(g + r * n + i, T(0)), normal(r, i, part), sum);
          part.store(sum, dscale + i);
        });
      };
      const auto centred = [&](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
        return part.load(x + r * n + i, mean[r]) - Batch<T>(mean[r]);
      };
      if (!far_rows)
        add_products([&](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
          return centred(r, i, part) * Batch<T>(inverse[r]);
        });
      else
        add_products([&](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
          return (centred(r, i, part) - Batch<T>(rest[r])) * Batch<T>(inverse[r]);
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
