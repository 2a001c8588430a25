// Tensors to the strides that the kernel reads; batches in parallel.
#include "autograd/matmul_values.hpp"

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/parallel.hpp"
#include "core/product.hpp"

namespace attune::internal {
namespace {

// x, or its values in another type, which `copy` then holds: small products feel a counted handle.
const Tensor& as_type(const Tensor& x, DType dtype, Tensor& copy) {
  if (x.impl()->dtype == dtype) return x;
  return copy = contiguous_copy("convert", x, dtype);
}

// The product of the last two axes of operands of one type.
template <class T>
[[gnu::always_inline]] inline Gemm<T> gemm_of(const Tensor& a, const Tensor& b, const Tensor& c) {
  const Impl &left = *a.impl(), &right = *b.impl();
  const int row = left.shape.rank() - 2, column = row + 1;
  return {.m = left.shape[row],
          .n = right.shape[column],
          .k = left.shape[column],
          .a = data<T>(a),
          .a_row = left.strides[row],
          .a_col = left.strides[column],
          .b = data<T>(b),
          .b_row = right.strides[row],
          .b_col = right.strides[column],
          .c = data<T>(c),
          .c_row = right.shape[column],
          .bias = nullptr,
          .accumulate = false};
}

Shape without_matrix(const Shape& shape) {
  return Shape(std::span<const std::int64_t>(shape.begin(), shape.end() - 2));
}

}  // namespace

DType product_type(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = promote(operand(operation, a).dtype, operand(operation, b).dtype);
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, operation, "operands of {} and {}: convert one with to(f32)", a.dtype(),
         b.dtype());
  }
  return dtype;
}

Tensor matrix_product(const char* operation, const Tensor& a, const Tensor& b, DType dtype,
                      const Tensor& bias) {
  Tensor copies[2];
  const Tensor &left = as_type(a, dtype, copies[0]), &right = as_type(b, dtype, copies[1]);
  Tensor c = empty_tensor(operation, Shape{left.shape()[0], right.shape()[1]}, dtype);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    Gemm<T> gemm = gemm_of<T>(left, right, c);
    if (bias.defined()) gemm.bias = data<T>(bias);
    gemm.operation = operation;
    product(gemm);
  });
  return c;
}

namespace {

// Apart from the way that small products take, which then needs no frame for this one.
[[gnu::noinline]] void multiply_converted(const char* operation, const Tensor& c, const Tensor& a,
                                          const Tensor& b, bool accumulate) {
  Tensor copies[2];
  const DType dtype = c.impl()->dtype;
  multiply_into(operation, c, as_type(a, dtype, copies[0]), as_type(b, dtype, copies[1]),
                accumulate);
}

}  // namespace

void multiply_into(const char* operation, const Tensor& c, const Tensor& a, const Tensor& b,
                   bool accumulate) {
  const DType dtype = c.impl()->dtype;
  if (a.impl()->dtype != dtype || b.impl()->dtype != dtype)
    return multiply_converted(operation, c, a, b, accumulate);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    Gemm<T> gemm = gemm_of<T>(a, b, c);
    gemm.accumulate = accumulate;
    gemm.operation = operation;
    product(gemm);
  });
}

Tensor batched_product(const char* operation, const Tensor& a, const Tensor& b, DType dtype) {
  Tensor copies[2];
  const Tensor &left = as_type(a, dtype, copies[0]), &right = as_type(b, dtype, copies[1]);
  const int rank = a.dim();
  const Shape batch = without_matrix(a.shape());
  Shape shape = a.shape();
  shape[rank - 1] = b.shape()[rank - 1];
  Tensor c = empty_tensor(operation, shape, dtype);
  if (c.numel() == 0) return c;
  const Shape strides[] = {without_matrix(c.strides()), without_matrix(left.strides()),
                           without_matrix(right.strides())};
  const Loop loop = make_loop(batch, strides);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    Gemm<T> first = gemm_of<T>(left, right, c);
    first.operation = operation;
    const auto one = [&](std::int64_t index) {
      Gemm<T> gemm = first;
      for (int axis = loop.rank - 1; axis >= 0; --axis) {
        const std::int64_t place = index % loop.sizes[axis];
        index /= loop.sizes[axis];
        gemm.c += place * loop.strides[0][axis];
        gemm.a += place * loop.strides[1][axis];
        gemm.b += place * loop.strides[2][axis];
      }
      product(gemm);
    };
    // Small products go to a thread together, large ones one by one.
    const std::int64_t count = batch.numel();
    const std::int64_t work = first.m * first.n * std::max<std::int64_t>(first.k, 1);
    const std::int64_t together =
        std::max<std::int64_t>(1, serial_work / std::max<std::int64_t>(work, 1));
    parallel_for((count + together - 1) / together, count * work / 4, [&](std::int64_t chunk) {
      const std::int64_t end = std::min(count, (chunk + 1) * together);
      for (std::int64_t i = chunk * together; i < end; ++i) one(i);
    });
  });
  return c;
}

}  // namespace attune::internal
