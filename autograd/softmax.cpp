// The activations that look along an axis: softmax, its logarithm, and the gated linear unit.
#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/planes.hpp"
#include "autograd/tracer.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::data;
using internal::fail;
using internal::Planes;

namespace {

Tensor fused(const char* name, bool logarithm, const Tensor& x, int axis) {
  const Planes planes(x.shape(), axis);
  const Tensor from = internal::as_contiguous(name, x, floating(x.dtype()));
  const Tensor y = internal::empty_tensor(name, x.shape(), from.dtype());
  internal::visit_floating(from.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    if (planes.inner == 1) {
      const auto kernel = logarithm ? table.log_softmax : table.softmax;
      return planes.for_rows([&](std::int64_t first, std::int64_t count) {
        const std::int64_t at = first * planes.n;
        kernel(count, planes.n, data<T>(from) + at, data<T>(y) + at);
      });
    }
    const auto kernel = logarithm ? table.log_softmax_columns : table.softmax_columns;
    planes.for_columns([&](std::int64_t at, const internal::Columns& columns) {
      kernel(columns, data<T>(from) + at, data<T>(y) + at);
    });
  });
  return y;
}

Tensor fused_backward(bool logarithm, const Tensor& g, const Tensor& y, int axis) {
  const Planes planes(y.shape(), axis);
  const Tensor result = internal::as_contiguous("backward", y, y.dtype());
  const Tensor arriving = internal::as_contiguous("backward", g, y.dtype());
  const Tensor dx = internal::empty_tensor("backward", y.shape(), y.dtype());
  internal::visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    if (planes.inner == 1) {
      const auto kernel = logarithm ? table.log_softmax_backward : table.softmax_backward;
      return planes.for_rows([&](std::int64_t first, std::int64_t count) {
        const std::int64_t at = first * planes.n;
        kernel(count, planes.n, data<T>(arriving) + at, data<T>(result) + at, data<T>(dx) + at);
      });
    }
    const auto kernel =
        logarithm ? table.log_softmax_columns_backward : table.softmax_columns_backward;
    planes.for_columns([&](std::int64_t at, const internal::Columns& columns) {
      kernel(columns, data<T>(arriving) + at, data<T>(result) + at, data<T>(dx) + at);
    });
  });
  internal::trace_value(logarithm ? "log_softmax_backward" : "softmax_backward", dx, {&g, &y});
  return dx;
}

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) {
  internal::operand("softmax", x);
  const int at = internal::checked_axis("softmax", axis, x.dim());
  Tensor y;
  if (internal::own_kernels() || x.numel() == 0) {
    y = fused("softmax", false, x, at);
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
    y = fused("log_softmax", true, x, at);
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
