// Cross-entropy on classes: loops over samples, whose classes lie side by side or one below the
// other.
#include "autograd/smoothed.hpp"

#include <algorithm>

#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

std::int64_t Smoothed::together() const {
  // Those beside each other in a plane share cache lines and calls of a kernel for each class.
  const std::int64_t at_least = (*log_p).dim() == 3 ? 64 : 1;
  return std::max(at_least, elementwise_chunk / std::max<std::int64_t>(1, width()));
}

std::int64_t Smoothed::chunks() const { return (samples() + together() - 1) / together(); }

// body(chunk, first, last) for all samples; ignored ones included.
template <class Body>
void Smoothed::for_chunks(std::int64_t cost, const Body& body) const {
  const std::int64_t n = samples(), size = together();
  parallel_for(chunks(), n * width() * cost, [&](std::int64_t chunk) {
    body(chunk, chunk * size, std::min(n, (chunk + 1) * size));
  });
}

template <class T>
T Smoothed::total_weight() const {
  const T* const w = weights<T>();
  if (!w) return static_cast<T>(width());
  double total = 0;
  for (std::int64_t c = 0; c < width(); ++c) total += w[c];
  return static_cast<T>(total);
}

template <class T>
void Smoothed::value(bool reduced, T* y) const {
  const Samples lie((*log_p).shape());
  const T* const w = weights<T>();
  const T* const log = data<T>(*log_p);
  const T on = static_cast<T>(1 - smoothing), off = spread<T>();
  const auto loss_of = [&](const T* sample, std::int64_t t) -> T {
    if (t == ignored) return 0;
    // A class that counts for nothing may be impossible: 0 times infinity is no number. No -0.
    const auto term = [&](std::int64_t c) {
      const T share = w ? w[c] : T(1);
      return share == 0 ? T(0) : share * sample[c * lie.inner];
    };
    const T loss = on == 0 ? T(0) : T(0) - on * term(t);
    if (off == 0) return loss;
    double all = 0;
    for (std::int64_t c = 0; c < lie.classes; ++c) all += term(c);
    return static_cast<T>(loss - off * all);
  };
  const std::int64_t* const index = data<std::int64_t>(*classes);
  if (!reduced) {
    return for_chunks(1, [&](std::int64_t, std::int64_t first, std::int64_t last) {
      lie.each(first, last,
               [&](std::int64_t i, std::int64_t at) { y[i] = loss_of(log + at, index[i]); });
    });
  }
  const auto part = [&](std::int64_t first, std::int64_t last) {
    double sum = 0;
    lie.each(first, last,
             [&](std::int64_t i, std::int64_t at) { sum += loss_of(log + at, index[i]); });
    return sum;
  };
  double total = 0;
  if (chunks() == 1) {
    total = part(0, samples());
  } else {
    PooledList<double> partial(static_cast<std::size_t>(chunks()));
    for_chunks(1, [&](std::int64_t chunk, std::int64_t first, std::int64_t last) {
      partial[static_cast<std::size_t>(chunk)] = part(first, last);
    });
    for (const double sum : partial) total += sum;
  }
  *y = static_cast<T>(total * factor);
}

void Smoothed::value(bool reduced, Tensor& y) const {
  visit_floating(y.dtype(), [&](auto zero) { value(reduced, data<decltype(zero)>(y)); });
}

template <class T>
void Smoothed::fused(const Tensor& g, T* y) const {
  const Samples lie((*log_p).shape());
  const auto& table = kernels().of<T>();
  const auto exp = table.of(Unary::exp);
  const auto times = table.of(Binary::mul);
  const std::int64_t c_count = lie.classes, inner = lie.inner, step = g.dim() == 0 ? 0 : 1;
  const T* const w = weights<T>();
  const T* const log = data<T>(*log_p);
  const T* const gradient = data<T>(g);
  const T on = static_cast<T>(1 - smoothing), off = spread<T>();
  const T spread_weight = off == 0 ? T(0) : off * total_weight<T>();
  const T scale = static_cast<T>(factor);
  const std::int64_t* const index = data<std::int64_t>(*classes);
  const auto hit = [&](std::int64_t t) { return on * (w ? w[t] : T(1)); };
  // samples [first, first + count), of which each class is a run: from `at` on, and so on
  constexpr std::int64_t most = 512;
  const auto side_by_side = [&](std::int64_t first, std::int64_t count, std::int64_t at) {
    T arrived[most], all[most];
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t t = index[first + k];
      arrived[k] = t == ignored ? T(0) : gradient[(first + k) * step] * scale;
      all[k] = t == ignored ? T(0) : arrived[k] * (hit(t) + spread_weight);
    }
    for (std::int64_t c = 0; c < c_count; ++c) {
      T* const row = y + at + c * inner;
      exp(count, log + at + c * inner, row);
      times(count, row, 1, all, 1, row);
      if (off != 0) table.axpy(count, -off * (w ? w[c] : T(1)), arrived, row);
    }
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t t = index[first + k];
      T* const sample = y + at + k;
      if (t != ignored) {
        sample[t * inner] -= arrived[k] * hit(t);
      } else {  // also where an infinity times 0 is NaN
        for (std::int64_t c = 0; c < c_count; ++c) sample[c * inner] = T(0);
      }
    }
  };
  for_chunks(8, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    if (inner > 1) {
      for (std::int64_t i = first; i < last;) {
        const std::int64_t column = i % inner;
        const std::int64_t count = std::min({last - i, inner - column, most});
        side_by_side(i, count, i / inner * inner * c_count + column);
        i += count;
      }
      return;
    }
    exp((last - first) * c_count, log + first * c_count, y + first * c_count);
    for (std::int64_t i = first; i < last; ++i) {
      T* const row = y + i * c_count;
      const std::int64_t t = index[i];
      if (t == ignored) {
        std::fill(row, row + c_count, T(0));
        continue;
      }
      const T arrived = gradient[i * step] * scale, all = arrived * (hit(t) + spread_weight);
      for (std::int64_t c = 0; c < c_count; ++c) row[c] *= all;
      if (off != 0) {
        for (std::int64_t c = 0; c < c_count; ++c) row[c] -= arrived * off * (w ? w[c] : T(1));
      }
      row[t] -= arrived * hit(t);
    }
  });
}

Tensor Smoothed::fused(const Tensor& g) const {
  const Tensor& log = log_p;
  Tensor y = empty_tensor("backward", log.shape(), log.dtype());
  const Tensor arriving = as_contiguous("backward", g, log.dtype());
  visit_floating(log.dtype(), [&](auto zero) { fused(arriving, data<decltype(zero)>(y)); });
  trace_value("cross_entropy_backward", y, {&g, &log, &*classes});
  return y;
}

Tensor Smoothed::targets() const {
  const Tensor& log = log_p;
  Tensor q = zeros(log.shape(), log.dtype());
  visit_floating(log.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const w = weights<T>();
    const Samples lie(log.shape());
    const std::int64_t* const index = data<std::int64_t>(*classes);
    lie.each(0, samples(), [&](std::int64_t i, std::int64_t at) {
      const std::int64_t t = index[i];
      if (t == ignored) return;
      T* const sample = data<T>(q) + at;
      for (std::int64_t c = 0; c < lie.classes; ++c)
        sample[c * lie.inner] = spread<T>() * (w ? w[c] : T(1));
      sample[t * lie.inner] += static_cast<T>(1 - smoothing) * (w ? w[t] : T(1));
    });
  });
  return q;
}

Tensor Smoothed::composed(const Tensor& g) const {
  const Tensor q = targets(), arrived = mul(g, factor);
  const Tensor& log = log_p;
  Shape samples_alone = log.shape();
  samples_alone[1] = 1;
  return mul(g.dim() == 0 ? arrived : reshape(arrived, samples_alone),
             sub(mul(exp(log), sum(q, 1, true)), q));
}

}  // namespace attune::internal
