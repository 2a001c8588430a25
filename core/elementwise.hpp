// Elementwise arithmetic on whole tensors, outside the graph: what operations compute their values
// with.
//
// Two ways to the same values. The general case is a line of xtensor over strided adaptors, for
// every type and layout (core/xtensor/). Kernels of our own (core/simd/) serve f32 and f64 where
// any layout, and the other types where an operation is named with one (core/blocks.hpp walks the
// layouts).
// ATTUNE_KERNELS=xtensor forces the general case everywhere.
#pragma once

#include <attune/tensor.hpp>

#include "core/kernels.hpp"

namespace attune::internal {

// y = f(x), both of one shape; a broadcast operand has been given stride 0. Types as the operation
// says.
using GeneralUnary = void (*)(const Tensor& x, Tensor& y);
using GeneralBinary = void (*)(const Tensor& a, const Tensor& b, Tensor& y);

// False when the environment sets ATTUNE_KERNELS=xtensor. Error (value) for another setting than
// that or `own`.
bool own_kernels();

// A fresh tensor f(x) of type `dtype`; x is converted to `operand_dtype` before.
Tensor map(const char* operation, GeneralUnary general, const Tensor& x, DType operand_dtype,
           DType dtype);
// The same for an operation within one floating type that has a kernel; other x become f32.
Tensor map(const char* operation, GeneralUnary general, Unary kernel, const Tensor& x);
// The same within one type that is not floating, x converted to it.
Tensor map(const char* operation, GeneralUnary general, WholeUnary kernel, const Tensor& x,
           DType dtype);
// Of floating x: bool.
Tensor map(const char* operation, GeneralUnary general, Predicate kernel, const Tensor& x);

// A fresh tensor f(a, b) of the broadcast shape and of type `dtype`; both are converted to
// `operand_dtype` before.
Tensor zip(const char* operation, GeneralBinary general, const Tensor& a, const Tensor& b,
           DType operand_dtype, DType dtype);
// The same within one type for an operation with a kernel; what the kernel does not serve, such as
// quotients of integers, goes the general way.
Tensor zip(const char* operation, GeneralBinary general, Binary kernel, const Tensor& a,
           const Tensor& b, DType dtype);
// The same into the contiguous y, which may be a or b; all of one shape and floating type.
void zip_into(Binary kernel, const Tensor& a, const Tensor& b, Tensor& y);
// The same within a type that is not floating.
Tensor zip(const char* operation, GeneralBinary general, Whole kernel, const Tensor& a,
           const Tensor& b, DType dtype);

// The same for a remainder, whose kernel serves floating types.
Tensor zip(const char* operation, GeneralBinary general, Division kernel, const Tensor& a,
           const Tensor& b, DType dtype);

// kernel(a, b), or kernel(b, a) where turned: bool. `dtype` is that of the operands.
struct Comparison {
  Compare kernel;
  bool turned = false;
};
Tensor zip(const char* operation, GeneralBinary general, Comparison comparison, const Tensor& a,
           const Tensor& b, DType dtype);

// The same with a number in the place of one operand; no tensor is made of it where a kernel
// serves.
Tensor zip(const char* operation, GeneralBinary general, Binary kernel, const Tensor& a, Number b,
           DType operand_dtype);
Tensor zip(const char* operation, GeneralBinary general, Binary kernel, Number a, const Tensor& b,
           DType operand_dtype);

// A fresh tensor of a where `condition` (bool) holds, else b, of the broadcast shape of all three;
// a and b are converted to `dtype` before.
Tensor choose(const char* operation, const Tensor& condition, const Tensor& a, const Tensor& b,
              DType dtype);

void fill(Tensor& tensor, Number value);
// Elements of `from`, broadcast to the shape of `to` and converted to its type. Any strides.
void copy(const Tensor& from, Tensor& to);
// Fresh row-major elements in the type asked for.
Tensor contiguous_copy(const char* operation, const Tensor& x, DType dtype);
// x itself when it has the type and is contiguous, else a copy.
Tensor as_contiguous(const char* operation, const Tensor& x, DType dtype);

// sum += term, of one shape; sum is contiguous.
void accumulate(Tensor& sum, const Tensor& term);
// Accumulated in double, in a fixed tree.
double sum_of_squares(const Tensor& x);
bool all_finite(const Tensor& x);
// The same of a chunk in memory, f32 or f64, on the calling thread.
double part_sum_of_squares(DType dtype, const std::byte* x, std::int64_t n);
bool part_is_finite(DType dtype, const std::byte* x, std::int64_t n);

// No other tensor sees the handle or the storage, and no graph, which keeps values without a
// handle.
bool sole_owner(const Tensor& x) noexcept;

}  // namespace attune::internal
