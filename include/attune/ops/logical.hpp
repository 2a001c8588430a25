// Truth and bits, element by element; shapes broadcast. None has a derivative.
//
// Layer: autograd.
#pragma once

#include <attune/operand.hpp>

namespace attune {

// --- truth: bool tensors, of operands of any type: whatever differs from 0 is true, NaN among it
ATTUNE_API Tensor logical_and(const Operand& a, const Operand& b);  // whether both are true
ATTUNE_API Tensor logical_or(const Operand& a, const Operand& b);   // whether one is, or both are
ATTUNE_API Tensor logical_xor(const Operand& a, const Operand& b);  // whether just one is true
ATTUNE_API Tensor logical_not(const Tensor& x);                     // whether it is false

// --- bits: of integers in two's complement, in the promoted type; of bools as logical_*. Error
// (dtype) for floating operands.
ATTUNE_API Tensor bitwise_and(const Operand& a, const Operand& b);  // a & b, bit by bit
ATTUNE_API Tensor bitwise_or(const Operand& a, const Operand& b);   // a | b, bit by bit
ATTUNE_API Tensor bitwise_xor(const Operand& a, const Operand& b);  // a ^ b, bit by bit
ATTUNE_API Tensor bitwise_not(const Tensor& x);                     // ~x, every bit turned

}  // namespace attune
