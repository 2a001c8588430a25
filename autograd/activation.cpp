// The nonlinearities of networks.
#include "attune/ops/activation.hpp"

#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::Binary;
using internal::map;
using internal::Unary;
using internal::zip;
namespace general = internal::general;

namespace {

// g where y > 0, else 0; linear in g and piecewise constant in y.
Tensor relu_backward(const Tensor& g, const Tensor& y) {
  return record("relu_backward",
                zip("relu_backward", general::relu_backward, Binary::relu_backward, g, y, y.dtype()),
                wrt(g, [y = Saved(y)](const Tensor& h) { return relu_backward(h, y); }), constant(y));
}

// x seen as rows along `axis`, which is the last of the result.
Tensor rows_of(const char* operation, const Tensor& x, int axis) {
  const Tensor last = axis == x.dim() - 1 ? x : transpose(x, axis, -1);
  return internal::as_contiguous(operation, last, floating(x.dtype()));
}

Tensor log_softmax_rows(const Tensor& x) {
  Tensor y = internal::empty_tensor("log_softmax", x.shape(), x.dtype());
  if (x.numel() == 0) return y;
  const std::int64_t width = x.shape().back();
  const std::int64_t rows = x.numel() / width;
  const std::int64_t together = std::max<std::int64_t>(1, internal::elementwise_chunk / width);
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto kernel = internal::kernels().of<T>().log_softmax;
    const T* const from = internal::data<T>(x);
    T* const to = internal::data<T>(y);
    internal::parallel_for((rows + together - 1) / together, 8 * x.numel(), [&](std::int64_t chunk) {
      const std::int64_t begin = chunk * together;
      kernel(std::min(together, rows - begin), width, from + begin * width, to + begin * width);
    });
  });
  return y;
}

}  // namespace

Tensor relu(const Tensor& x) {
  return record("relu", map("relu", general::relu, Unary::relu, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return relu_backward(g, y); }));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  internal::operand("log_softmax", x);
  const int at = internal::checked_axis("log_softmax", axis, x.dim());
  Tensor y;
  {
    const NoGrad values_only;
    y = log_softmax_rows(rows_of("log_softmax", x, at));
    if (at != x.dim() - 1) y = transpose(y, at, -1);
  }
  return record({"log_softmax", {{"axis", at}}}, std::move(y),
                wrt(x, [at](const Tensor& g, const Tensor& result) {
                  return g - exp(result) * sum(g, at, true);
                }));
}

}  // namespace attune
