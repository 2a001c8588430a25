// Products of matrices.
#include "attune/ops/matmul.hpp"

#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/binary_types.hpp"
#include "autograd/matmul_values.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

namespace attune {

using internal::fail;
using internal::operand;
using internal::product_type;

namespace {

void check_ranks(const char* operation, const Tensor& a, int a_rank, const Tensor& b, int b_rank,
                 const char* rule) {
  if (operand(operation, a).shape.rank() == a_rank && operand(operation, b).shape.rank() == b_rank)
    return;
  fail(ErrorKind::shape, operation, "operands of shapes {} and {}: {}", a.shape(), b.shape(), rule);
}

void check_inner(const char* operation, const Tensor& a, const Tensor& b) {
  const std::int64_t left = a.size(-1), right = b.size(b.dim() == 1 ? 0 : -2);
  if (left == right) return;
  const bool left_turned = a.dim() > 1 && a.size(-2) == right;
  const bool right_turned = b.dim() > 1 && b.size(-1) == left;
  fail(ErrorKind::shape, operation, "inner sizes differ: {} x {} ({} and {}): {}", a.shape(),
       b.shape(), left, right,
       right_turned  ? "transpose the right operand?"
       : left_turned ? "transpose the left operand?"
                     : "the left one's columns must be as many as the right one's rows");
}

Tensor mm_of(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = product_type(operation, a, b);
  Tensor value = internal::matrix_product(operation, a, b, dtype);
  // Small products feel what saving their factors costs.
  if (!internal::current_mode.recording || (!a.requires_grad() && !b.requires_grad()))
    return record(operation, std::move(value), constant(a), constant(b));
  return record(operation, std::move(value),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mm(g, t(b)); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mm(t(a), g); }));
}

// The same batch shape on both sides.
Tensor batched(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = product_type(operation, a, b);
  return record(
      operation, internal::batched_product(operation, a, b, dtype),
      wrt(a, [b = Saved(b),
              operation](const Tensor& g) { return batched(operation, g, transpose(b, -2, -1)); }),
      wrt(b, [a = Saved(a), operation](const Tensor& g) {
        return batched(operation, transpose(a, -2, -1), g);
      }));
}

Tensor with_batch(const Tensor& x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.size(-2));
  shape.push_back(x.size(-1));
  return x.shape() == shape ? x : expand(x, shape);
}

Shape batch_of(const Tensor& x) {
  return Shape(std::span<const std::int64_t>(x.shape().begin(), x.shape().end() - 2));
}

}  // namespace

Tensor mm(const Tensor& a, const Tensor& b) {
  check_ranks("mm", a, 2, b, 2, "both must be matrices (matmul takes other shapes)");
  check_inner("mm", a, b);
  return mm_of("mm", a, b);
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check_ranks("bmm", a, 3, b, 3, "both must have three axes (matmul takes other shapes)");
  if (a.size(0) != b.size(0)) {
    fail(ErrorKind::shape, "bmm", "batch sizes differ: {} x {} ({} and {}): matmul broadcasts",
         a.shape(), b.shape(), a.size(0), b.size(0));
  }
  check_inner("bmm", a, b);
  return batched("bmm", a, b);
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  product_type("matmul", a, b);
  if (a.dim() == 0 || b.dim() == 0) {
    fail(ErrorKind::shape, "matmul",
         "operands of shapes {} and {}: both need an axis (mul takes "
         "numbers)",
         a.shape(), b.shape());
  }
  check_inner("matmul", a, b);
  if (a.dim() == 1 && b.dim() == 1) return dot(a, b);
  if (a.dim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), -2);
  if (b.dim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (a.dim() == 2 && b.dim() == 2) return mm_of("matmul", a, b);
  if (b.dim() == 2 && a.is_contiguous()) {  // one product of all rows
    Shape shape = a.shape();
    shape[a.dim() - 1] = b.size(1);
    return reshape(mm_of("matmul", reshape(a, {batch_of(a).numel() * a.size(-2), a.size(-1)}), b),
                   shape);
  }
  Shape batch;
  try {
    batch = broadcast_shapes("matmul", batch_of(a), batch_of(b));
  } catch (const Error&) {
    fail(ErrorKind::shape, "matmul",
         "{} and {}: the axes in front of the matrices, {} and {}, do not broadcast: they must be "
         "equal, or 1",
         a.shape(), b.shape(), batch_of(a), batch_of(b));
  }
  return batched("matmul", with_batch(a, batch), with_batch(b, batch));
}

Tensor outer(const Tensor& a, const Tensor& b) {
  check_ranks("outer", a, 1, b, 1, "both must be vectors: flatten them");
  internal::common_type("outer", a, b);
  return mul(unsqueeze(a, 1), unsqueeze(b, 0));
}

Tensor mv(const Tensor& matrix, const Tensor& vector) {
  check_ranks("mv", matrix, 2, vector, 1, "it takes a matrix and a vector");
  check_inner("mv", matrix, vector);
  const DType dtype = product_type("mv", matrix, vector);
  const Tensor column = internal::view_of(vector, {vector.size(0), 1}, {vector.strides()[0], 1}, 0);
  Tensor value = internal::matrix_product("mv", matrix, column, dtype);
  return record(
      "mv", internal::view_of(value, {matrix.size(0)}, {1}, 0),
      wrt(matrix, [vector = Saved(vector)](const Tensor& g) { return outer(g, vector); }),
      wrt(vector, [matrix = Saved(matrix)](const Tensor& g) { return mv(t(matrix), g); }));
}

Tensor dot(const Tensor& a, const Tensor& b) {
  check_ranks("dot", a, 1, b, 1, "both must be vectors");
  if (a.size(0) != b.size(0)) {
    fail(ErrorKind::shape, "dot", "sizes differ: {} and {}", a.size(0), b.size(0));
  }
  const DType dtype = product_type("dot", a, b);
  const std::int64_t n = a.size(0);
  const Tensor value =
      internal::matrix_product("dot", internal::view_of(a, {1, n}, {n, a.strides()[0]}, 0),
                               internal::view_of(b, {n, 1}, {b.strides()[0], 1}, 0), dtype);
  return record("dot", internal::view_of(value, {}, {}, 0),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mul(g, b); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mul(g, a); }));
}

Tensor addmm(const Tensor& c, const Tensor& a, const Tensor& b, const AddmmOptions& options) {
  check_ranks("addmm", a, 2, b, 2, "both factors must be matrices");
  check_inner("addmm", a, b);
  const Shape shape{a.size(0), b.size(1)};
  if (broadcast_shapes("addmm", operand("addmm", c).shape, shape) != shape) {
    fail(ErrorKind::shape, "addmm",
         "a term of shape {} does not broadcast to the product's shape {}", c.shape(), shape);
  }
  const auto scaled = [](const Tensor& x, double factor) {
    return factor == 1 ? x : mul(x, factor);
  };
  if (options.beta == 0) return scaled(mm_of("addmm", a, b), options.alpha);
  if (options.alpha != 1 || options.beta != 1) {
    return add(scaled(c, options.beta), scaled(mm_of("addmm", a, b), options.alpha));
  }
  const DType dtype = promote(product_type("addmm", a, b), c.dtype());
  const Tensor wide = c.shape() == shape ? c : expand(c.detach(), shape);
  Tensor value = internal::contiguous_copy("addmm", wide, dtype);
  internal::multiply_into("addmm", value, a, b, true);
  return record("addmm", std::move(value), wrt(c, [](const Tensor& g) { return g; }),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mm(g, t(b)); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mm(t(a), g); }));
}

Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const DType dtype = product_type("affine", x, weight);
  if (weight.dim() != 2 || x.dim() < 1 || x.size(-1) != weight.size(1)) {
    fail(ErrorKind::shape, "affine",
         "input of shape {} and weight of shape {}: the weight must be [out, in] and the input's "
         "last size in",
         x.shape(), weight.shape());
  }
  const std::int64_t in = weight.size(1), out = weight.size(0);
  if (bias.defined() && operand("affine", bias).shape != Shape{out}) {
    fail(ErrorKind::shape, "affine", "bias of shape {} for a weight of shape {}: it must be [{}]",
         bias.shape(), weight.shape(), out);
  }
  if (x.dim() != 2) {
    Shape shape = x.shape();
    shape[shape.rank() - 1] = 1;
    const std::int64_t rows = shape.numel();
    shape[shape.rank() - 1] = out;
    return reshape(affine(reshape(x, {rows, in}), weight, bias), shape);
  }
  const Tensor transposed =
      internal::view_of(weight, {in, out}, {weight.strides()[1], weight.strides()[0]}, 0);
  Tensor row;
  if (bias.defined()) row = internal::as_contiguous("affine", bias, dtype);
  Tensor result = internal::matrix_product("affine", x, transposed, dtype, row);
  return record("affine", std::move(result),
                wrt(x, [weight = Saved(weight)](const Tensor& g) { return mm(g, weight); }),
                wrt(weight, [x = Saved(x)](const Tensor& g) { return mm(t(g), x); }),
                wrt(bias, [](const Tensor& g) { return sum(g, 0); }));
}

}  // namespace attune
