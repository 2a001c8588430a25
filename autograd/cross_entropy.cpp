// Cross-entropy: one fused operation for classes, a composition for probabilities.
#include <algorithm>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/loss_classes.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::Classes;
using internal::data;
using internal::fail;
using internal::ignored;
using internal::Request;

namespace {

// Cross-entropy of rows of logits. With w the weight of a row's class t, s the smoothing and C
// classes, its loss is -sum_c q_c log p_c, where q_c = (1 - s) w [c = t] + s / C weight_c; the
// derivative by the logits is p sum(q) - q.
struct Smoothed {
  Saved log_p;  // [rows, C]: on record, for the derivative of the derivative
  Saved classes;
  Tensor weight;
  double smoothing, factor;

  template <class T>
  const T* weights() const {
    return weight.defined() ? data<T>(weight) : nullptr;
  }
  std::int64_t width() const { return (*log_p).shape()[1]; }
  std::int64_t rows() const { return (*log_p).shape()[0]; }

  // Rows in a chunk, and chunks.
  std::int64_t together() const {
    const std::int64_t at_least = 1;
    return std::max(at_least, internal::elementwise_chunk / std::max(at_least, width()));
  }
  std::int64_t chunks() const { return (rows() + together() - 1) / together(); }

  // body(chunk, first, last) for all rows; ignored ones included.
  template <class Body>
  void for_chunks(std::int64_t cost, const Body& body) const {
    const std::int64_t n = rows(), size = together();
    internal::parallel_for(chunks(), n * width() * cost, [&](std::int64_t chunk) {
      body(chunk, chunk * size, std::min(n, (chunk + 1) * size));
    });
  }

  template <class T>
  T spread() const {
    return static_cast<T>(smoothing / static_cast<double>(width()));
  }
  template <class T>
  T total_weight() const {
    const T* const w = weights<T>();
    if (!w) return static_cast<T>(width());
    double total = 0;
    for (std::int64_t c = 0; c < width(); ++c) total += w[c];
    return static_cast<T>(total);
  }

  // The losses of the rows, or their sum times factor.
  template <class T>
  void value(bool reduced, T* y) const {
    const std::int64_t n = rows(), c_count = width();
    const T* const w = weights<T>();
    const T* const log = data<T>(*log_p);
    const T on = static_cast<T>(1 - smoothing), off = spread<T>();
    const auto row_loss = [&](std::int64_t i, std::int64_t t) -> T {
      if (t == ignored) return 0;
      const T* const row = log + i * c_count;
      // A class that counts for nothing may be impossible: 0 times infinity is no number. No -0.
      const auto term = [&](std::int64_t c) {
        const T share = w ? w[c] : T(1);
        return share == 0 ? T(0) : share * row[c];
      };
      const T loss = on == 0 ? T(0) : T(0) - on * term(t);
      if (off == 0) return loss;
      double all = 0;
      for (std::int64_t c = 0; c < c_count; ++c) all += term(c);
      return static_cast<T>(loss - off * all);
    };
    const std::int64_t* const index = data<std::int64_t>(*classes);
    if (!reduced) {
      return for_chunks(1, [&](std::int64_t, std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) y[i] = row_loss(i, index[i]);
      });
    }
    const auto part = [&](std::int64_t first, std::int64_t last) {
      double sum = 0;
      for (std::int64_t i = first; i < last; ++i) sum += row_loss(i, index[i]);
      return sum;
    };
    double total = 0;
    if (chunks() == 1) {
      total = part(0, n);
    } else {
      internal::PooledList<double> partial(static_cast<std::size_t>(chunks()));
      for_chunks(1, [&](std::int64_t chunk, std::int64_t first, std::int64_t last) {
        partial[static_cast<std::size_t>(chunk)] = part(first, last);
      });
      for (const double sum : partial) total += sum;
    }
    *y = static_cast<T>(total * factor);
  }

  Tensor fused(const Tensor& g) const {
    const Tensor& log = log_p;
    Tensor y = internal::empty_tensor("backward", log.shape(), log.dtype());
    const Tensor arriving = internal::as_contiguous("backward", g, log.dtype());
    internal::visit_floating(log.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto exp = internal::kernels().of<T>().of(internal::Unary::exp);
      const std::int64_t c_count = width(), step = g.dim() == 0 ? 0 : 1;
      const T* const w = weights<T>();
      const T* const from = data<T>(log);
      const T* const gradient = data<T>(arriving);
      T* const to = data<T>(y);
      const T on = static_cast<T>(1 - smoothing), off = spread<T>();
      const T spread_weight = off == 0 ? T(0) : off * total_weight<T>();
      const T scale = static_cast<T>(factor);
      const std::int64_t* const index = data<std::int64_t>(*classes);
      for_chunks(8, [&](std::int64_t, std::int64_t first, std::int64_t last) {
        exp((last - first) * c_count, from + first * c_count, to + first * c_count);
        for (std::int64_t i = first; i < last; ++i) {
          T* const row = to + i * c_count;
          const std::int64_t t = index[i];
          if (t == ignored) {
            std::fill(row, row + c_count, T(0));
            continue;
          }
          const T arrived = gradient[i * step] * scale, hit = on * (w ? w[t] : T(1));
          const T all = arrived * (hit + spread_weight);
          for (std::int64_t c = 0; c < c_count; ++c) row[c] *= all;
          if (off != 0) {
            for (std::int64_t c = 0; c < c_count; ++c) row[c] -= arrived * off * (w ? w[c] : T(1));
          }
          row[t] -= arrived * hit;
        }
      });
    });
    internal::trace_value("cross_entropy_backward", y, {&g, &log, &*classes});
    return y;
  }

  // q as a tensor, rows of zeros where ignored.
  Tensor targets() const {
    const Tensor& log = log_p;
    Tensor q = zeros(log.shape(), log.dtype());
    internal::visit_floating(log.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* const w = weights<T>();
      const std::int64_t c_count = width();
      const std::int64_t* const index = data<std::int64_t>(*classes);
      for (std::int64_t i = 0; i < rows(); ++i) {
        const std::int64_t t = index[i];
        if (t == ignored) continue;
        T* const row = data<T>(q) + i * c_count;
        for (std::int64_t c = 0; c < c_count; ++c) row[c] = spread<T>() * (w ? w[c] : T(1));
        row[t] += static_cast<T>(1 - smoothing) * (w ? w[t] : T(1));
      }
    });
    return q;
  }

  Tensor composed(const Tensor& g) const {
    const Tensor q = targets(), arrived = mul(g, factor);
    const Tensor& log = log_p;
    return mul(g.dim() == 0 ? arrived : unsqueeze(arrived, 1),
               sub(mul(exp(log), sum(q, 1, true)), q));
  }
};

// On record where a derivative will be, but no step of a trace: cross_entropy is one.
Tensor log_probabilities(const Tensor& rows) {
  const internal::Untraced inner("cross_entropy");
  return log_softmax(rows, 1);
}

Tensor of_classes(const Request& request, const Tensor& logits, const Tensor& target,
                  double smoothing) {
  internal::check_class_shapes(request.name, logits, target);
  const DType dtype = floating(logits.dtype());
  const Classes classes = internal::checked_classes(request, logits, target, dtype);
  const bool reduced = request.reduction != Reduction::none;
  const Tensor rows = internal::class_rows(logits);
  const Tensor flat = internal::view_of(classes.of, {classes.of.numel()}, {1}, 0);
  const double factor = request.reduction == Reduction::mean ? 1 / classes.total : 1;
  Smoothed loss{Saved(log_probabilities(rows)), Saved(flat), classes.weight, smoothing, factor};
  Tensor y;
  if (internal::own_kernels()) {
    y = internal::empty_tensor(request.name, reduced ? Shape{} : flat.shape(), dtype);
    internal::visit_floating(dtype, [&](auto zero) {
      using T = decltype(zero);
      loss.value(reduced, data<T>(y));
    });
  } else {
    const internal::ValuesOf values(request.name);
    const Tensor& log = loss.log_p;
    const Tensor q = loss.targets();
    const Tensor losses = sub(0, sum(where(eq(q, 0), 0, mul(q, log)), 1));
    y = reduced ? mul(sum(losses), factor) : losses;
  }
  y = record({request.name,
              {{"ignore_index", request.ignore_index},
               {"label_smoothing", smoothing},
               {"reduction", internal::name(request.reduction)}}},
             std::move(y),
             wrt(rows,
                 [loss](const Tensor& g) {
                   return internal::composed() ? loss.composed(g) : loss.fused(g);
                 }),
             constant(target), constant(request.weight));
  return reduced || target.dim() == 1 ? y : reshape(y, target.shape());
}

Tensor of_probabilities(const Request& request, const Tensor& logits, const Tensor& target,
                        double smoothing) {
  internal::operand(request.name, target);
  const Shape& shape = internal::operand(request.name, logits).shape;
  if (shape.rank() < 2 || target.shape() != shape) {
    fail(
        ErrorKind::shape, request.name,
        "logits of shape {} and probabilities of shape {}: expected one shape, [n, classes] or [n, "
        "classes, d1, ...]",
        shape, target.shape());
  }
  if (request.ignore_index != CrossEntropyOptions{}.ignore_index) {
    fail(ErrorKind::value, request.name,
         "ignore_index is {}, but the target consists of probabilities, which name no class: give "
         "such samples a target of zeros",
         request.ignore_index);
  }
  const std::int64_t classes = shape[1];
  internal::checked_weight(request, classes, floating(logits.dtype()));
  const std::int64_t samples = classes == 0 ? 0 : logits.numel() / classes;
  internal::check_reduction(request.name, request.reduction, samples, shape);
  Tensor q = target;
  if (smoothing != 0) {
    q = add(mul(q, 1 - smoothing), smoothing / static_cast<double>(classes));
  }
  if (request.weight.defined()) {
    Shape wide{classes};
    for (int i = 2; i < shape.rank(); ++i) wide.push_back(1);
    const Tensor weight = request.weight.detach().clone().to(floating(logits.dtype()));
    q = mul(q, reshape(weight, wide));
  }
  // A class of no probability counts for nothing, also where its logarithm is infinite.
  const Tensor p = log_softmax(logits, 1);
  const Tensor nothing = logical_and(eq(q, 0), eq(p, -std::numeric_limits<double>::infinity()));
  return internal::reduce(sub(0, sum(mul(q, masked_fill(p, nothing, 0)), 1)), request.reduction);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options) {
  const internal::Inside called("cross_entropy");
  const Request request{"cross_entropy", options.weight, options.ignore_index, options.reduction};
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1)) {
    fail(ErrorKind::value, request.name, "label_smoothing is {}: it must lie in [0, 1]",
         options.label_smoothing);
  }
  if (is_floating(internal::operand(request.name, target).dtype)) {
    return of_probabilities(request, logits, target, options.label_smoothing);
  }
  return of_classes(request, logits, target, options.label_smoothing);
}

}  // namespace attune
