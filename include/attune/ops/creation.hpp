// Tensors from nothing: constants and ranges. None has a derivative. Those that take a number have
// its type (f32, i64 or bool) unless one is given. tensor({...}), scalar_tensor and from_blob stand
// in <attune/tensor.hpp>. Errors: shape for a negative size, memory, value for a number that the
// integer type asked for cannot hold.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// Unset elements of the shape.
ATTUNE_API Tensor empty(const Shape& shape, DType dtype = f32);
// All elements 0.
ATTUNE_API Tensor zeros(const Shape& shape, DType dtype = f32);
// All elements 1.
ATTUNE_API Tensor ones(const Shape& shape, DType dtype = f32);
// All elements `value`.
ATTUNE_API Tensor full(const Shape& shape, Number value);
ATTUNE_API Tensor full(const Shape& shape, Number value, DType dtype);

// --- of the shape of x, and of its type or the one given; row-major
ATTUNE_API Tensor empty_like(const Tensor& x);  // unset elements, of the shape of x
ATTUNE_API Tensor empty_like(const Tensor& x, DType dtype);
ATTUNE_API Tensor zeros_like(const Tensor& x);  // 0 everywhere, of the shape of x
ATTUNE_API Tensor zeros_like(const Tensor& x, DType dtype);
ATTUNE_API Tensor ones_like(const Tensor& x);  // 1 everywhere, of the shape of x
ATTUNE_API Tensor ones_like(const Tensor& x, DType dtype);
// `value` everywhere, of the shape of x.
ATTUNE_API Tensor full_like(const Tensor& x, Number value);
ATTUNE_API Tensor full_like(const Tensor& x, Number value, DType dtype);

// --- ranges and the unit matrix

// 0, 1, ... below `end`; or start, start + step, ... before `end`: ceil((end - start) / step)
// elements, none when `end` lies behind. i64 when all numbers are integers, else f32; element k is
// start + k step, rounded once. Error (value) for a step of 0, or bounds that are not finite.
ATTUNE_API Tensor arange(Number end);
ATTUNE_API Tensor arange(Number start, Number end, Number step = 1);
ATTUNE_API Tensor arange(Number start, Number end, Number step, DType dtype);
// `count` numbers at equal distances from `start` to `end`, both included and exact; `start` alone
// for a count of 1. Error (value) for a negative count, or bounds that are not finite.
ATTUNE_API Tensor linspace(Number start, Number end, std::int64_t count, DType dtype = f32);
// [rows, columns] with ones on the diagonal.
ATTUNE_API Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype = f32);
ATTUNE_API Tensor eye(std::int64_t rows, DType dtype = f32);

}  // namespace attune
