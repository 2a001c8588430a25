// The names that NumPy and the array API have for operations of other families.
//
// Layer: autograd.
#pragma once

#include <attune/ops/binary.hpp>
#include <attune/ops/compare.hpp>
#include <attune/ops/unary.hpp>

namespace attune {

inline Tensor absolute(const Tensor& x) { return abs(x); }
inline Tensor negative(const Tensor& x) { return neg(x); }
inline Tensor arcsin(const Tensor& x) { return asin(x); }
inline Tensor arccos(const Tensor& x) { return acos(x); }
inline Tensor arctan(const Tensor& x) { return atan(x); }
inline Tensor arcsinh(const Tensor& x) { return asinh(x); }
inline Tensor arccosh(const Tensor& x) { return acosh(x); }
inline Tensor arctanh(const Tensor& x) { return atanh(x); }
inline Tensor arctan2(const Operand& y, const Operand& x) { return atan2(y, x); }

inline Tensor subtract(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor subtract(const Tensor& a, Number b) { return sub(a, b); }
inline Tensor subtract(Number a, const Tensor& b) { return sub(a, b); }
inline Tensor multiply(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor multiply(const Tensor& a, Number b) { return mul(a, b); }
inline Tensor multiply(Number a, const Tensor& b) { return mul(a, b); }
inline Tensor divide(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor divide(const Tensor& a, Number b) { return div(a, b); }
inline Tensor divide(Number a, const Tensor& b) { return div(a, b); }
inline Tensor power(const Tensor& base, const Tensor& exponent) { return pow(base, exponent); }
inline Tensor power(const Tensor& base, Number exponent) { return pow(base, exponent); }
inline Tensor power(Number base, const Tensor& exponent) { return pow(base, exponent); }

// --- comparisons: element by element; equal() compares whole tensors, as in PyTorch
inline Tensor not_equal(const Operand& a, const Operand& b) { return ne(a, b); }
inline Tensor less(const Operand& a, const Operand& b) { return lt(a, b); }
inline Tensor less_equal(const Operand& a, const Operand& b) { return le(a, b); }
inline Tensor greater(const Operand& a, const Operand& b) { return gt(a, b); }
inline Tensor greater_equal(const Operand& a, const Operand& b) { return ge(a, b); }

}  // namespace attune
