// The general case of elementwise operations, one line of xtensor each. The lists below are the code: the
// functions are declared from them here and defined from them in unary_*.cpp and binary_*.cpp.
// Operand and result types: see the comment of each list. Layouts: any; broadcast operands have stride 0.
#pragma once

#include <attune/tensor.hpp>

// x and y of the same floating type.
#define ATTUNE_GENERAL_FLOATING_UNARY(X) \
  X(exp, xt::exp(x))                     \
  X(log, xt::log(x))                     \
  X(sqrt, xt::sqrt(x))                   \
  X(tanh, xt::tanh(x))                   \
  X(relu, xt::where(x > T(0) || xt::isnan(x), x, T(0)))

// x and y of the same type, any but bool.
#define ATTUNE_GENERAL_ARITHMETIC_UNARY(X) \
  X(neg, T(0) - x)                         \
  X(square, x * x)

// a, b and y of the same type, any but bool.
#define ATTUNE_GENERAL_ARITHMETIC_BINARY(X) \
  X(add, a + b)                             \
  X(sub, a - b)                             \
  X(mul, a * b)                             \
  X(maximum, xt::where(a > b || !(a == a), a, b)) \
  X(minimum, xt::where(a < b || !(a == a), a, b))

// a, b and y of the same floating type.
#define ATTUNE_GENERAL_FLOATING_BINARY(X) \
  X(div, a / b)                           \
  X(relu_backward, xt::where(b > T(0), a, T(0)))

namespace attune::internal::general {

#define ATTUNE_DECLARE(name, expression) void name(const Tensor& x, Tensor& y);
ATTUNE_GENERAL_FLOATING_UNARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_ARITHMETIC_UNARY(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

#define ATTUNE_DECLARE(name, expression) void name(const Tensor& a, const Tensor& b, Tensor& y);
ATTUNE_GENERAL_ARITHMETIC_BINARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_FLOATING_BINARY(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

}  // namespace attune::internal::general
