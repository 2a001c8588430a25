// Products of matrices.
#include "attune/ops/matmul.hpp"

#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"

namespace attune {

using internal::fail;
using internal::operand;

namespace {

// The type in which a product is computed.
DType product_type(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = promote(operand(operation, a).dtype, operand(operation, b).dtype);
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, operation, "operands of {} and {}: convert one with to(f32)", a.dtype(),
         b.dtype());
  }
  return dtype;
}

Tensor as_type(const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : internal::contiguous_copy("convert", x, dtype);
}

// Two-dimensional operands of one type; bias a row or undefined.
Tensor product(const char* operation, const Tensor& a, const Tensor& b, const Tensor& bias) {
  const std::int64_t m = a.shape()[0], k = a.shape()[1], n = b.shape()[1];
  Tensor c = internal::empty_tensor(operation, Shape{m, n}, a.dtype());
  internal::visit_floating(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const internal::Gemm<T> gemm{m, n, k,
                                 internal::data<T>(a), a.strides()[0], a.strides()[1],
                                 internal::data<T>(b), b.strides()[0], b.strides()[1],
                                 internal::data<T>(c), n,
                                 bias.defined() ? internal::data<T>(bias) : nullptr, false};
    internal::kernels().of<T>().gemm(gemm);
  });
  return c;
}

}  // namespace

Tensor mm(const Tensor& a, const Tensor& b) {
  const DType dtype = product_type("mm", a, b);
  if (a.dim() != 2 || b.dim() != 2) {
    fail(ErrorKind::shape, "mm", "operands of shapes {} and {}: both must be matrices (matmul takes "
         "other shapes)", a.shape(), b.shape());
  }
  if (a.size(1) != b.size(0)) {
    fail(ErrorKind::shape, "mm", "inner sizes differ: {} x {} ({} and {}): transpose one operand?",
         a.shape(), b.shape(), a.size(1), b.size(0));
  }
  return record("mm", product("mm", as_type(a, dtype), as_type(b, dtype), {}),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mm(g, t(b)); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mm(t(a), g); }));
}

Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const DType dtype = product_type("affine", x, weight);
  if (weight.dim() != 2 || x.dim() < 1 || x.size(-1) != weight.size(1)) {
    fail(ErrorKind::shape, "affine",
         "input of shape {} and weight of shape {}: the input's last size must be the weight's last",
         x.shape(), weight.shape());
  }
  if (bias.defined() && operand("affine", bias).shape != Shape{weight.size(0)}) {
    fail(ErrorKind::shape, "affine", "bias of shape {} for a weight of shape {}: it must be [{}]",
         bias.shape(), weight.shape(), weight.size(0));
  }
  const std::int64_t in = weight.size(1), out = weight.size(0);
  if (x.dim() != 2) {
    Shape shape = x.shape();
    shape[shape.rank() - 1] = out;
    const std::int64_t rows = shape.numel() / std::max<std::int64_t>(out, 1);
    return reshape(affine(reshape(x, {rows, in}), weight, bias), shape);
  }
  const Tensor w = as_type(weight, dtype);
  const Tensor transposed = internal::view_of(w, {in, out}, {w.strides()[1], w.strides()[0]}, 0);
  Tensor row;
  if (bias.defined()) row = internal::as_contiguous("affine", bias, dtype);
  Tensor result = product("affine", as_type(x, dtype), transposed, row);
  auto by_x = wrt(x, [weight = Saved(weight)](const Tensor& g) { return mm(g, weight); });
  auto by_weight = wrt(weight, [x = Saved(x)](const Tensor& g) { return mm(t(g), x); });
  if (!bias.defined()) return record("affine", std::move(result), by_x, by_weight);
  return record("affine", std::move(result), by_x, by_weight,
                wrt(bias, [](const Tensor& g) { return sum(g, 0); }));
}

}  // namespace attune
