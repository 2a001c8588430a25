// Targets that are classes, and nll_loss on them.
#include "autograd/loss_classes.hpp"

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"

namespace attune {
namespace internal {

Tensor checked_weight(const Request& request, std::int64_t classes, DType dtype) {
  if (!request.weight.defined()) return {};
  operand(request.name, request.weight);
  if (request.weight.shape() != Shape{classes}) {
    fail(ErrorKind::shape, request.name, "weight has shape {}: expected [{}], one for each class",
         request.weight.shape(), classes);
  }
  return contiguous_copy(request.name, request.weight, dtype);  // of our own: backward needs it
}

void check_class_shapes(const char* name, const Tensor& x, const Tensor& target) {
  const Shape& shape = operand(name, x).shape;
  Shape expected = shape;
  if (shape.rank() > 1) expected.erase(1);
  if (shape.rank() < 2 || operand(name, target).shape != expected) {
    fail(ErrorKind::shape, name,
         "x of shape {} and classes of shape {}: expected [n, classes] and [n], or "
         "[n, classes, d1, ...] and [n, d1, ...]",
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
  Classes result{as_contiguous(request.name, target, i64), checked_weight(request, classes, dtype),
                 0};
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
             "the class of sample {} is {}, outside the {} classes of x {}; ignore_index is {}", i,
             c, classes, x.shape(), request.ignore_index);
      }
      if (!own) result.of = contiguous_copy(request.name, target, i64);
      own = true;
      index = data<std::int64_t>(result.of);
      data<std::int64_t>(result.of)[i] = ignored;
    }
  };
  visit_floating(dtype, [&](auto zero) { count(result.weights<decltype(zero)>()); });
  check_reduction(request.name, request.reduction, n, x.shape());
  if (request.reduction == Reduction::mean && result.total == 0) {
    fail(ErrorKind::value, request.name,
         "the weights of all {} samples add up to 0 (are all of them ignore_index {}?): there is "
         "no mean to take; skip the batch, or use Reduction::sum",
         n, request.ignore_index);
  }
  return result;
}

Tensor class_planes(const Tensor& x) {
  if (x.dim() == 2) return x;
  const std::int64_t n = x.size(0), classes = x.size(1);
  std::int64_t rest = 1;
  for (int i = 2; i < x.dim(); ++i) rest *= x.size(i);
  if (rest == 1) return reshape(x, {n, classes});
  const Tensor planes = reshape(x, {n, classes, rest});
  // Kernels over short runs of samples cost more than a copy by samples. (Both ways on Zen 5, us,
  // 1024 x 10 x 3 f32: 172 and 87.)
  constexpr std::int64_t short_run = 8;
  if (rest >= short_run || rest == 0) return planes;
  return reshape(transpose(planes, 1, 2), {n * rest, classes});
}

}  // namespace internal

using internal::data;
using internal::fail;
using internal::ignored;

namespace {

// -x[class[i]] weight[class[i]] of each sample of planes, 0 where ignored, and its reverse. Classes
// and weight were made from what the last two say.
Tensor pick(const Op& op, const Tensor& planes, const Tensor& classes, const Tensor& weight,
            const Tensor& target, const Tensor& target_weight);

Tensor unpick(const Tensor& g, const Tensor& classes, const Tensor& weight, const Shape& shape) {
  Tensor result = zeros(shape, g.dtype());
  const Tensor from = internal::as_contiguous("nll_loss", g, g.dtype());
  const internal::Samples samples(shape);
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(classes);
    const T* const weights = weight.defined() ? data<T>(weight) : nullptr;
    const T* const arriving = data<T>(from);
    T* const to = data<T>(result);
    samples.each(0, classes.numel(), [&](std::int64_t i, std::int64_t at) {
      const std::int64_t t = index[i];
      if (t != ignored)
        to[at + t * samples.inner] = T(0) - arriving[i] * (weights ? weights[t] : T(1));
    });
  });
  return record(
      "unpick", std::move(result),
      wrt(g, [classes = Saved(classes), weight](
                 const Tensor& h) { return pick("pick", h, classes, weight, classes, weight); }),
      constant(classes), constant(weight));
}

Tensor pick(const Op& op, const Tensor& planes, const Tensor& classes, const Tensor& weight,
            const Tensor& target, const Tensor& target_weight) {
  const Tensor from = internal::as_contiguous("nll_loss", planes, planes.dtype());
  Tensor result = zeros(classes.shape(), planes.dtype());
  const internal::Samples samples(planes.shape());
  internal::visit_floating(planes.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(classes);
    const T* const weights = weight.defined() ? data<T>(weight) : nullptr;
    const T* const x = data<T>(from);
    T* const to = data<T>(result);
    samples.each(0, classes.numel(), [&](std::int64_t i, std::int64_t at) {
      const std::int64_t t = index[i];
      if (t != ignored) to[i] = T(0) - x[at + t * samples.inner] * (weights ? weights[t] : T(1));
    });
  });
  return record(
      op, std::move(result),
      wrt(planes, [classes = Saved(classes), weight, like = Outline(planes)](
                      const Tensor& g) { return unpick(g, classes, weight, like.shape()); }),
      constant(target), constant(target_weight));
}

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& target, const NllOptions& options) {
  const internal::Inside called("nll_loss");
  const internal::Request request{"nll_loss", options.weight, options.ignore_index,
                                  options.reduction};
  internal::check_class_shapes(request.name, x, target);
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, request.name, "x is {}: logarithms of probabilities are f32 or f64",
         x.dtype());
  }
  const internal::Classes classes = internal::checked_classes(request, x, target, x.dtype());
  const Tensor flat = internal::view_of(classes.of, {classes.of.numel()}, {1}, 0);
  const Tensor losses =
      pick({"nll_loss", {{"ignore_index", options.ignore_index}}}, internal::class_planes(x), flat,
           classes.weight, target, options.weight);
  if (options.reduction == Reduction::none) return reshape(losses, target.shape());
  return options.reduction == Reduction::sum ? sum(losses) : div(sum(losses), classes.total);
}

}  // namespace attune
