// Truth and bits, element by element; shapes broadcast. None has a derivative.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// bool tensors. Operands of any type: whatever differs from 0 is true, NaN among it.
ATTUNE_API Tensor logical_and(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor logical_or(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor logical_xor(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor logical_not(const Tensor& x);

// Of integers, bit by bit in two's complement, in the promoted type; of bools as logical_*.
// Error (dtype) for floating operands.
ATTUNE_API Tensor bitwise_and(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor bitwise_or(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor bitwise_xor(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor bitwise_not(const Tensor& x);

}  // namespace attune
