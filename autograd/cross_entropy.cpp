// Cross-entropy: one fused operation for classes, a composition for probabilities.
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
#include "autograd/smoothed.hpp"
#include "core/elementwise.hpp"

namespace attune {

using internal::Classes;
using internal::fail;
using internal::Request;
using internal::Smoothed;

namespace {

// On record where a derivative will be, but no step of a trace: cross_entropy is one.
Tensor log_probabilities(const Tensor& planes) {
  const internal::Untraced inner("cross_entropy");
  return log_softmax(planes, 1);
}

Tensor of_classes(const Request& request, const Tensor& logits, const Tensor& target,
                  double smoothing) {
  internal::check_class_shapes(request.name, logits, target);
  const DType dtype = floating(logits.dtype());
  const Classes classes = internal::checked_classes(request, logits, target, dtype);
  const bool reduced = request.reduction != Reduction::none;
  const Tensor planes = internal::class_planes(logits);
  const Tensor flat = internal::view_of(classes.of, {classes.of.numel()}, {1}, 0);
  const double factor = request.reduction == Reduction::mean ? 1 / classes.total : 1;
  Smoothed loss{Saved(log_probabilities(planes)), Saved(flat), classes.weight, smoothing, factor};
  Tensor y;
  if (internal::own_kernels()) {
    y = internal::empty_tensor(request.name, reduced ? Shape{} : flat.shape(), dtype);
    loss.value(reduced, y);
  } else {
    const internal::ValuesOf values(request.name);
    const Tensor& log = loss.log_p;
    const Tensor q = loss.targets();
    const Tensor losses = sub(0, sum(where(eq(q, 0), 0, mul(q, log)), 1));
    y = reduced ? mul(sum(losses), factor) : reshape(losses, flat.shape());
  }
  y = record({request.name,
              {{"ignore_index", request.ignore_index},
               {"label_smoothing", smoothing},
               {"reduction", internal::name(request.reduction)}}},
             std::move(y),
             wrt(planes,
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
