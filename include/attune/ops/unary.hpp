// Functions of one operand, element by element. Integer and bool operands of the functions that leave the
// integers (exp, log, ...) become f32. Derivatives: every order.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// Error (dtype) for bool.
ATTUNE_API Tensor neg(const Tensor& x);
ATTUNE_API Tensor square(const Tensor& x);
ATTUNE_API Tensor exp(const Tensor& x);
ATTUNE_API Tensor log(const Tensor& x);
ATTUNE_API Tensor sqrt(const Tensor& x);
ATTUNE_API Tensor tanh(const Tensor& x);

inline Tensor operator-(const Tensor& x) { return neg(x); }

}  // namespace attune
