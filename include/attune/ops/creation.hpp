// Tensors from nothing: constants and ranges. None has a derivative.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// Unset elements of the shape.
ATTUNE_API Tensor empty(const Shape& shape, DType dtype = f32);
ATTUNE_API Tensor zeros(const Shape& shape, DType dtype = f32);
ATTUNE_API Tensor ones(const Shape& shape, DType dtype = f32);
// Every element is `value`; the type is that of the number (f32, i64 or bool) unless given.
ATTUNE_API Tensor full(const Shape& shape, Number value);
ATTUNE_API Tensor full(const Shape& shape, Number value, DType dtype);
// Of the shape and type of `x`.
ATTUNE_API Tensor empty_like(const Tensor& x);
ATTUNE_API Tensor zeros_like(const Tensor& x);
ATTUNE_API Tensor ones_like(const Tensor& x);
ATTUNE_API Tensor full_like(const Tensor& x, Number value);

}  // namespace attune
