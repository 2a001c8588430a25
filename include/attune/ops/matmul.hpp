// Products of matrices. Operands may have any strides; f32 or f64, promoted to one type.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// [m, k] x [k, n] -> [m, n]. Error (shape) naming both shapes.
ATTUNE_API Tensor mm(const Tensor& a, const Tensor& b);
// x weight^T + bias: x [..., in], weight [out, in], bias [out] or undefined -> [..., out].
ATTUNE_API Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace attune
