// What training minimizes.
#include "attune/ops/loss.hpp"

#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::data;
using internal::fail;

namespace {

// rows[i, target[i]], and its reverse.
Tensor pick(const Tensor& rows, const Tensor& target);

Tensor unpick(const Tensor& g, const Tensor& target, std::int64_t classes) {
  const std::int64_t n = target.numel();
  Tensor result = zeros({n, classes}, g.dtype());
  const Tensor from = internal::as_contiguous("nll", g, g.dtype());
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(target);
    for (std::int64_t i = 0; i < n; ++i) data<T>(result)[i * classes + index[i]] = data<T>(from)[i];
  });
  return record("unpick", std::move(result),
                wrt(g, [target = Saved(target)](const Tensor& h) { return pick(h, target); }),
                constant(target));
}

Tensor pick(const Tensor& rows, const Tensor& target) {
  const std::int64_t n = rows.size(0), classes = rows.size(1);
  const Tensor from = internal::as_contiguous("nll", rows, rows.dtype());
  Tensor result = internal::empty_tensor("nll", {n}, rows.dtype());
  internal::visit_floating(rows.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t* const index = data<std::int64_t>(target);
    for (std::int64_t i = 0; i < n; ++i) data<T>(result)[i] = data<T>(from)[i * classes + index[i]];
  });
  return record("pick", std::move(result),
                wrt(rows, [target = Saved(target), classes](const Tensor& g) {
                  return unpick(g, target, classes);
                }),
                constant(target));
}

void check_targets(const Tensor& logits, const Tensor& target) {
  internal::operand("cross_entropy", logits);
  internal::operand("cross_entropy", target);
  if (logits.dim() != 2 || target.dim() != 1 || target.size(0) != logits.size(0)) {
    fail(ErrorKind::shape, "cross_entropy",
         "logits of shape {} and classes of shape {}: expected [n, classes] and [n]", logits.shape(),
         target.shape());
  }
  if (target.dtype() != i64) {
    fail(ErrorKind::dtype, "cross_entropy", "classes are {}: they must be i64", target.dtype());
  }
  if (logits.size(0) == 0) {
    fail(ErrorKind::shape, "cross_entropy", "no samples: logits of shape {}", logits.shape());
  }
  const std::int64_t* const classes = data<std::int64_t>(target);
  for (std::int64_t i = 0; i < target.numel(); ++i) {
    if (classes[i] < 0 || classes[i] >= logits.size(1)) {
      fail(ErrorKind::index, "cross_entropy", "class {} of sample {} is outside the {} of logits {}",
           classes[i], i, logits.size(1), logits.shape());
    }
  }
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target) {
  const Tensor classes = internal::as_contiguous("cross_entropy", target, target.dtype());
  check_targets(logits, classes);
  return neg(mean(pick(log_softmax(logits, 1), classes)));
}

}  // namespace attune
