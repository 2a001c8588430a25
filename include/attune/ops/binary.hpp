// Arithmetic on two or three operands, element by element. Shapes broadcast by NumPy's rules, types
// promote by the table in <attune/dtype.hpp>; a C++ number takes the tensor's type. Derivatives:
// every order, where none is excluded; the gradient of a broadcast operand is summed over the axes
// that were stretched. Errors: shape when the operands do not broadcast; dtype for two bool
// operands, but for those of div.
//
// Layer: autograd.
#pragma once

#include <attune/operand.hpp>

namespace attune {

// --- the four operations
ATTUNE_API Tensor add(const Tensor& a, const Tensor& b);  // a + b
ATTUNE_API Tensor add(const Tensor& a, Number b);
inline Tensor add(Number a, const Tensor& b) { return add(b, a); }
ATTUNE_API Tensor sub(const Tensor& a, const Tensor& b);  // a - b
ATTUNE_API Tensor sub(const Tensor& a, Number b);
ATTUNE_API Tensor sub(Number a, const Tensor& b);
ATTUNE_API Tensor mul(const Tensor& a, const Tensor& b);  // a b
ATTUNE_API Tensor mul(const Tensor& a, Number b);
inline Tensor mul(Number a, const Tensor& b) { return mul(b, a); }
// a / b, the true quotient: integers give f32.
ATTUNE_API Tensor div(const Tensor& a, const Tensor& b);
ATTUNE_API Tensor div(const Tensor& a, Number b);
ATTUNE_API Tensor div(Number a, const Tensor& b);

// --- division with a remainder: a = b floor_divide(a, b) + remainder(a, b)

// The quotient rounded down. Integers stay integers; Error (value) naming the element when an
// integer divisor is 0, here and in the two below. No derivative.
ATTUNE_API Tensor floor_divide(const Operand& a, const Operand& b);
// What is left, with the sign of b (Python's %). The derivative by b is -floor_divide(a, b).
ATTUNE_API Tensor remainder(const Operand& a, const Operand& b);
// What is left of a division rounded towards 0, with the sign of a (C's fmod).
ATTUNE_API Tensor fmod(const Operand& a, const Operand& b);

// --- powers
// base^exponent; 0^0 is 1. Of integers it is an integer, which wraps; Error (value) for a negative
// integer exponent of an integer base: convert with to(f32). The derivative by the exponent is 0
// where the base is 0 and the exponent is not negative; that by the base is 0 where the exponent is
// 0. The number 0.5 is sqrt, by which -inf gives NaN and -0 stays -0; with 0.5 in a tensor they
// give inf and 0, as IEEE 754 has it for powers (and PyTorch for both).
ATTUNE_API Tensor pow(const Tensor& base, const Tensor& exponent);
ATTUNE_API Tensor pow(const Tensor& base, Number exponent);
ATTUNE_API Tensor pow(Number base, const Tensor& exponent);

// --- functions of two operands: integers give f32
// Derivatives of the first two at the origin, of any order, are 0.
ATTUNE_API Tensor atan2(const Operand& y, const Operand& x);  // the angle of the point (x, y)
ATTUNE_API Tensor hypot(const Operand& a, const Operand& b);  // sqrt(a^2 + b^2), without overflow
// log(e^a + e^b), without overflow
ATTUNE_API Tensor logaddexp(const Operand& a, const Operand& b);
// x log(y), and 0 where x is 0 and y is no NaN
ATTUNE_API Tensor xlogy(const Operand& x, const Operand& y);

// --- extrema: NaN when either is; equal operands share the gradient evenly
ATTUNE_API Tensor maximum(const Operand& a, const Operand& b);  // the larger one
ATTUNE_API Tensor minimum(const Operand& a, const Operand& b);  // the smaller one

// --- three operands
// start + weight (end - start), met exactly at weights 0 and 1 where start and end are finite;
// integers give f32. As in PyTorch, an infinite end gives NaN for weights from 0.5 on.
ATTUNE_API Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight);
ATTUNE_API Tensor lerp(const Tensor& start, const Tensor& end, Number weight);
// x + factor a b
ATTUNE_API Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Number factor = 1);
// x + factor a / b
ATTUNE_API Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Number factor = 1);

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
