// The activations that look along an axis: softmax, its logarithm, and the gated linear unit.
#include <algorithm>

#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/tracer.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::Binary;
using internal::data;
using internal::fail;

namespace {

// x as contiguous rows along `axis`, which is the last of the result. Values only.
Tensor rows_of(const char* operation, const Tensor& x, int axis) {
  const internal::ValuesOf values(operation);
  const Tensor last = axis == x.dim() - 1 ? x : transpose(x, axis, -1);
  return internal::as_contiguous(operation, last, floating(x.dtype()));
}

// The axis back in its place.
Tensor put_back(const char* operation, const Tensor& rows, int axis) {
  const internal::ValuesOf values(operation);
  return axis == rows.dim() - 1 ? rows : transpose(rows, axis, -1);
}

// body(first, count, width): rows [first, first + count) of `width` elements each, in chunks.
template <class Body>
void for_rows(const Tensor& rows, const Body& body) {
  if (rows.numel() == 0) return;
  const std::int64_t width = rows.shape().back(), count = rows.numel() / width;
  const std::int64_t together = std::max<std::int64_t>(1, internal::elementwise_chunk / width);
  internal::parallel_for((count + together - 1) / together, 8 * rows.numel(), [&](std::int64_t i) {
    body(i * together, std::min(together, count - i * together), width);
  });
}

Tensor fused_rows(const char* name, bool logarithm, const Tensor& x, int axis) {
  const Tensor rows = rows_of(name, x, axis);
  const Tensor y = internal::empty_tensor(name, rows.shape(), rows.dtype());
  internal::visit_floating(rows.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    const auto kernel = logarithm ? table.log_softmax : table.softmax;
    for_rows(rows, [&](std::int64_t first, std::int64_t count, std::int64_t width) {
      kernel(count, width, data<T>(rows) + first * width, data<T>(y) + first * width);
    });
  });
  return put_back(name, y, axis);
}

Tensor fused_backward(bool logarithm, const Tensor& g, const Tensor& y, int axis) {
  const Tensor result = rows_of("backward", y, axis);
  const Tensor arriving = rows_of("backward", g.to(y.dtype()), axis);
  const Tensor derivative = internal::empty_tensor("backward", result.shape(), result.dtype());
  internal::visit_floating(result.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    const auto kernel = logarithm ? table.log_softmax_backward : table.softmax_backward;
    for_rows(result, [&](std::int64_t first, std::int64_t count, std::int64_t width) {
      const std::int64_t at = first * width;
      kernel(count, width, data<T>(arriving) + at, data<T>(result) + at, data<T>(derivative) + at);
    });
  });
  const Tensor dx = put_back("backward", derivative, axis);
  internal::trace_value(logarithm ? "log_softmax_backward" : "softmax_backward", dx, {&g, &y});
  return dx;
}

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) {
  internal::operand("softmax", x);
  const int at = internal::checked_axis("softmax", axis, x.dim());
  Tensor y;
  if (internal::own_kernels() || x.numel() == 0) {
    y = fused_rows("softmax", false, x, at);
  } else {
    const internal::ValuesOf values("softmax");
    const Tensor in = x.to(floating(x.dtype())), e = exp(sub(in, amax(in, at, true)));
    y = div(e, sum(e, at, true));
  }
  return record({"softmax", {{"axis", at}}}, std::move(y),
                wrt(x, [at](const Tensor& g, const Tensor& result) {
                  if (!internal::composed()) return fused_backward(false, g, result, at);
                  return mul(result, sub(g, sum(mul(g, result), at, true)));
                }));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  internal::operand("log_softmax", x);
  const int at = internal::checked_axis("log_softmax", axis, x.dim());
  Tensor y;
  if (internal::own_kernels() || x.numel() == 0) {
    y = fused_rows("log_softmax", true, x, at);
  } else {
    const internal::ValuesOf values("log_softmax");
    const Tensor in = x.to(floating(x.dtype())), below = sub(in, amax(in, at, true));
    y = sub(below, log(sum(exp(below), at, true)));
  }
  return record({"log_softmax", {{"axis", at}}}, std::move(y),
                wrt(x, [at](const Tensor& g, const Tensor& result) {
                  if (!internal::composed()) return fused_backward(true, g, result, at);
                  return sub(g, mul(exp(result), sum(g, at, true)));
                }));
}

Tensor glu(const Tensor& x, std::int64_t axis) {
  const internal::Inside called("glu");
  internal::operand("glu", x);
  const int at = internal::checked_axis("glu", axis, x.dim());
  const std::int64_t size = x.size(at);
  if (size % 2 != 0) {
    fail(ErrorKind::shape, "glu", "axis {} of shape {} has the odd size {}: it is cut into halves",
         at, x.shape(), size);
  }
  return mul(narrow(x, at, 0, size / 2), sigmoid(narrow(x, at, size / 2, size / 2)));
}

}  // namespace attune
