// Losses on classes: nll_loss and cross_entropy. Inputs of more than two axes become rows of classes.
#include <algorithm>
#include <vector>

#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/loss.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/loss.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::data;
using internal::fail;

namespace {

constexpr std::int64_t ignored = -1;  // in Classes::of

// The targets of rows, checked.
struct Classes {
  Tensor of;      // i64 [rows], `ignored` where a row counts for nothing
  Tensor weight;  // [classes] in the type of the loss, or undefined
  double total;   // the weights of the rows that count, added

  template <class T>
  const T* weights() const {
    return weight.defined() ? data<T>(weight) : nullptr;
  }
};

struct Request {
  const char* name;
  const Tensor& weight;
  std::int64_t ignore_index;
  Reduction reduction;
};

Tensor checked_weight(const Request& request, std::int64_t classes, DType dtype) {
  if (!request.weight.defined()) return {};
  internal::operand(request.name, request.weight);
  if (request.weight.shape() != Shape{classes}) {
    fail(ErrorKind::shape, request.name, "weight has shape {}: expected [{}], one for each class",
         request.weight.shape(), classes);
  }
  return internal::as_contiguous(request.name, request.weight, dtype);
}

// x must be [n, classes] or [n, classes, d1, ...], the target [n] or [n, d1, ...].
void check_shapes(const char* name, const Tensor& x, const Tensor& target) {
  const Shape& shape = internal::operand(name, x).shape;
  Shape expected = shape;
  if (shape.rank() > 1) expected.erase(1);
  if (shape.rank() < 2 || internal::operand(name, target).shape != expected) {
    fail(ErrorKind::shape, name,
         "x of shape {} and classes of shape {}: expected [n, classes] and [n], or [n, classes, d1, ...] "
         "and [n, d1, ...]",
         shape, target.shape());
  }
}

Classes checked_classes(const Request& request, const Tensor& x, const Tensor& target,
                        DType dtype) {
  const std::int64_t classes = x.shape()[1];
  if (is_floating(target.dtype()) || target.dtype() == boolean) {
    fail(ErrorKind::dtype, request.name, "classes are {}: they must be i64, i32 or u8",
         target.dtype());
  }
  Classes result{internal::as_contiguous(request.name, target, i64),
                 checked_weight(request, classes, dtype), 0};
  const std::int64_t n = target.numel();
  const auto count = [&](const auto* weights) {
    const std::int64_t* index = data<std::int64_t>(result.of);
    bool own = result.of.impl() != target.impl();
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t c = index[i];
      if (c >= 0 && c < classes && c != request.ignore_index) {
        result.total += weights ? static_cast<double>(weights[c]) : 1;
        continue;
      }
      if (c != request.ignore_index) {
        fail(ErrorKind::index, request.name,
             "the class of sample {} is {}, outside the {} classes of x {}; ignore_index is {}", i, c,
             classes, x.shape(), request.ignore_index);
      }
      if (!own) result.of = internal::contiguous_copy(request.name, target, i64);
      own = true;
      index = data<std::int64_t>(result.of);
      data<std::int64_t>(result.of)[i] = ignored;
    }
  };
  internal::visit_floating(dtype, [&](auto zero) { count(result.weights<decltype(zero)>()); });
  internal::check_reduction(request.name, request.reduction, n, x.shape());
  if (request.reduction == Reduction::mean && result.total == 0) {
    fail(ErrorKind::value, request.name,
         "the weights of all {} samples add up to 0 (are all of them ignore_index {}?): there is no mean "
         "to take; skip the batch, or use Reduction::sum",
         n, request.ignore_index);
  }
  return result;
}

// [n, classes, d1, ...] -> [n d1 ..., classes].
Tensor rows_of(const Tensor& x) {
  if (x.dim() == 2) return x;
  const std::int64_t n = x.size(0), classes = x.size(1);
  const std::int64_t rest = n * classes == 0 ? 0 : x.numel() / (n * classes);
  return reshape(transpose(reshape(x, {n, classes, rest}), 1, 2), {n * rest, classes});
}

// rows[i, class[i]] weight[class[i]], 0 where ignored, and its reverse. `classes` and `weight` are
// copies of attune's own.
Tensor pick(const Tensor& rows, const Tensor& classes, const Tensor& weight);

Tensor unpick(const Tensor& g, const Tensor& classes, const Tensor& weight, std::int64_t width) {
  Tensor result = zeros({classes.numel(), width}, g.dtype());
  const Tensor from = internal::as_contiguous("nll_loss", g, g.dtype());
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(classes);
    const T* const weights = weight.defined() ? data<T>(weight) : nullptr;
    for (std::int64_t i = 0; i < classes.numel(); ++i) {
      if (index[i] == ignored) continue;
      data<T>(result)[i * width + index[i]] =
          data<T>(from)[i] * (weights ? weights[index[i]] : T(1));
    }
  });
  return record("unpick", std::move(result), wrt(g, [classes = Saved(classes), weight](const Tensor& h) {
                  return pick(h, classes, weight);
                }));
}

Tensor pick(const Tensor& rows, const Tensor& classes, const Tensor& weight) {
  const std::int64_t width = rows.size(1);
  const Tensor from = internal::as_contiguous("nll_loss", rows, rows.dtype());
  Tensor result = zeros(classes.shape(), rows.dtype());
  internal::visit_floating(rows.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(classes);
    const T* const weights = weight.defined() ? data<T>(weight) : nullptr;
    for (std::int64_t i = 0; i < classes.numel(); ++i) {
      if (index[i] == ignored) continue;
      data<T>(result)[i] = data<T>(from)[i * width + index[i]] * (weights ? weights[index[i]] : T(1));
    }
  });
  return record("pick", std::move(result),
                wrt(rows, [classes = Saved(classes), weight, width](const Tensor& g) {
                  return unpick(g, classes, weight, width);
                }));
}

// Cross-entropy of rows of logits. With w the weight of a row's class t, s the smoothing and C classes,
// its loss is -sum_c q_c log p_c, where q_c = (1 - s) w [c = t] + s / C weight_c; the derivative by the
// logits is p sum(q) - q.
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

  // body(row, class) for every row, in chunks; ignored rows included.
  template <class Body>
  void for_rows(std::int64_t row_cost, const Body& body) const {
    const std::int64_t n = rows(), together = std::max<std::int64_t>(1, internal::elementwise_chunk / width());
    const std::int64_t* const index = data<std::int64_t>(*classes);
    internal::parallel_for((n + together - 1) / together, n * row_cost, [&](std::int64_t chunk) {
      const std::int64_t end = std::min(n, (chunk + 1) * together);
      for (std::int64_t i = chunk * together; i < end; ++i) body(i, index[i]);
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
    T total = 0;
    for (std::int64_t c = 0; c < width(); ++c) total += w[c];
    return total;
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
      T loss = -on * (w ? w[t] : T(1)) * row[t];
      if (off == 0) return loss;
      T all = 0;
      for (std::int64_t c = 0; c < c_count; ++c) all += (w ? w[c] : T(1)) * row[c];
      return loss - off * all;
    };
    if (!reduced) return for_rows(c_count, [&](std::int64_t i, std::int64_t t) { y[i] = row_loss(i, t); });
    double total = 0;
    const std::int64_t* const index = data<std::int64_t>(*classes);
    for (std::int64_t i = 0; i < n; ++i) total += row_loss(i, index[i]);
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
      const std::int64_t n = rows();
      const std::int64_t together = std::max<std::int64_t>(1, internal::elementwise_chunk / c_count);
      internal::parallel_for((n + together - 1) / together, 8 * y.numel(), [&](std::int64_t chunk) {
        const std::int64_t first = chunk * together, last = std::min(n, first + together);
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
      for_rows(c_count, [&](std::int64_t i, std::int64_t t) {
        if (t == ignored) return;
        T* const row = data<T>(q) + i * c_count;
        for (std::int64_t c = 0; c < c_count; ++c) row[c] = spread<T>() * (w ? w[c] : T(1));
        row[t] += static_cast<T>(1 - smoothing) * (w ? w[t] : T(1));
      });
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

Tensor of_classes(const Request& request, const Tensor& logits, const Tensor& target,
                  double smoothing) {
  check_shapes(request.name, logits, target);
  const DType dtype = floating(logits.dtype());
  const Classes classes = checked_classes(request, logits, target, dtype);
  const bool reduced = request.reduction != Reduction::none;
  const Tensor rows = rows_of(logits);
  const Tensor flat = classes.of.dim() == 1 ? classes.of : reshape(classes.of, {classes.of.numel()});
  const double factor = request.reduction == Reduction::mean ? 1 / classes.total : 1;
  Smoothed loss{Saved(log_softmax(rows, 1)), Saved(flat), classes.weight, smoothing, factor};
  Tensor y;
  if (internal::own_kernels()) {
    y = internal::empty_tensor(request.name, reduced ? Shape{} : flat.shape(), dtype);
    internal::visit_floating(dtype, [&](auto zero) {
      using T = decltype(zero);
      loss.value(reduced, data<T>(y));
    });
  } else {
    const NoGrad values_only;
    const Tensor& log = loss.log_p;
    const Tensor losses = neg(sum(mul(loss.targets(), log), 1));
    y = reduced ? mul(sum(losses), factor) : losses;
  }
  y = record({request.name,
              {{"reduction", internal::name(request.reduction)}, {"label_smoothing", smoothing}}},
             std::move(y), wrt(rows, [loss](const Tensor& g) {
               return internal::composed() ? loss.composed(g) : loss.fused(g);
             }));
  return reduced || target.dim() == 1 ? y : reshape(y, target.shape());
}

Tensor of_probabilities(const Request& request, const Tensor& logits, const Tensor& target,
                        double smoothing) {
  internal::operand(request.name, target);
  const Shape& shape = internal::operand(request.name, logits).shape;
  if (shape.rank() < 2 || target.shape() != shape) {
    fail(ErrorKind::shape, request.name,
         "logits of shape {} and probabilities of shape {}: expected one shape, [n, classes] or [n, "
         "classes, d1, ...]",
         shape, target.shape());
  }
  if (request.ignore_index != CrossEntropyOptions{}.ignore_index) {
    fail(ErrorKind::value, request.name,
         "ignore_index is {}, but the target consists of probabilities, which name no class: give such "
         "samples a target of zeros",
         request.ignore_index);
  }
  const std::int64_t classes = shape[1];
  const Tensor weight = checked_weight(request, classes, floating(logits.dtype()));
  const std::int64_t samples = classes == 0 ? 0 : logits.numel() / classes;
  internal::check_reduction(request.name, request.reduction, samples, shape);
  Tensor q = target;
  if (smoothing != 0) {
    q = add(mul(q, 1 - smoothing), smoothing / static_cast<double>(classes));
  }
  if (weight.defined()) {
    Shape wide{classes};
    for (int i = 2; i < shape.rank(); ++i) wide.push_back(1);
    q = mul(q, reshape(weight, wide));
  }
  return internal::reduce(neg(sum(mul(q, log_softmax(logits, 1)), 1)), request.reduction);
}

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& target, const NllOptions& options) {
  const Request request{"nll_loss", options.weight, options.ignore_index, options.reduction};
  check_shapes(request.name, x, target);
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, request.name, "x is {}: logarithms of probabilities are f32 or f64",
         x.dtype());
  }
  const Classes classes = checked_classes(request, x, target, x.dtype());
  const Tensor flat = reshape(classes.of, {classes.of.numel()});
  const Tensor losses = neg(pick(rows_of(x), flat, classes.weight));
  if (options.reduction == Reduction::none) return reshape(losses, target.shape());
  return options.reduction == Reduction::sum ? sum(losses) : div(sum(losses), classes.total);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options) {
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
