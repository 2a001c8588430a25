// Arithmetic on two operands, element by element. Shapes broadcast by NumPy's rules, types promote by the
// table in <attune/dtype.hpp>; a C++ number takes the tensor's type. Derivatives: every order; the
// gradient of a broadcast operand is summed over the axes that were stretched.
// Errors: shape when the operands do not broadcast; dtype for bool operands of add, sub and mul.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

ATTUNE_API Tensor add(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor add(const Tensor& a, Number b);
ATTUNE_API Tensor sub(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor sub(const Tensor& a, Number b);
ATTUNE_API Tensor sub(Number a, const Tensor& b);
ATTUNE_API Tensor mul(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor mul(const Tensor& a, Number b);
// True division: integers give f32.
ATTUNE_API Tensor div(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor div(const Tensor& a, Number b);
ATTUNE_API Tensor div(Number a, const Tensor& b);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Number b) { return add(a, b); }
inline Tensor operator+(Number a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, Number b) { return sub(a, b); }
inline Tensor operator-(Number a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, Number b) { return mul(a, b); }
inline Tensor operator*(Number a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, Number b) { return div(a, b); }
inline Tensor operator/(Number a, const Tensor& b) { return div(a, b); }

}  // namespace attune
