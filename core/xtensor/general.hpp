// The general case of elementwise operations, one line of xtensor each. The lists below are the
// code: the functions are declared from them here and defined from them in the .cpp files of this
// folder. Operand and result types: see the comment of each list; map() and zip() bring the
// narrower integers to i64. Layouts: any; broadcast operands have stride 0.
#pragma once

#include <attune/tensor.hpp>

// x and y of the same floating type.
#define ATTUNE_GENERAL_EXPONENTIAL(X)     \
  X(exp, xt::exp(x))                      \
  X(expm1, xt::expm1(x))                  \
  X(log, xt::log(x))                      \
  X(log2, xt::log2(x))                    \
  X(log10, xt::log10(x))                  \
  X(log1p, xt::log1p(x))                  \
  X(sqrt, xt::sqrt(x))                    \
  X(rsqrt, T(1) / xt::sqrt(x))            \
  X(reciprocal, T(1) / x)                 \
  X(erf, xt::erf(x))                      \
  X(sigmoid, T(1) / (T(1) + xt::exp(-x))) \
  X(relu, xt::where(x > T(0) || xt::isnan(x), x, T(0)))

#define ATTUNE_GENERAL_TRIGONOMETRIC(X) \
  X(sin, xt::sin(x))                    \
  X(cos, xt::cos(x))                    \
  X(tan, xt::tan(x))                    \
  X(asin, xt::asin(x))                  \
  X(acos, xt::acos(x))                  \
  X(atan, xt::atan(x))                  \
  X(sinh, xt::sinh(x))                  \
  X(cosh, xt::cosh(x))                  \
  X(tanh, xt::tanh(x))                  \
  X(asinh, xt::asinh(x))                \
  X(acosh, xt::acosh(x))                \
  X(atanh, xt::atanh(x))

#define ATTUNE_GENERAL_ROUNDING(X) \
  X(floor, xt::floor(x))           \
  X(ceil, xt::ceil(x))             \
  X(round, xt::nearbyint(x))       \
  X(trunc, xt::trunc(x))

// x floating, y bool.
#define ATTUNE_GENERAL_PREDICATE(X) \
  X(isnan, xt::isnan(x))            \
  X(isinf, xt::isinf(x))            \
  X(isfinite, xt::isfinite(x))

// x and y of the same type, any but bool.
#define ATTUNE_GENERAL_ARITHMETIC_UNARY(X) \
  X(neg, -x)                               \
  X(abs, xt::abs(x))                       \
  X(square, x* x)                          \
  X(sign, xt::where(x > T(0), T(1), xt::where(x < T(0), T(-1), x + T(0))))

// x and y both i64, or both bool.
#define ATTUNE_GENERAL_INTEGER_UNARY(X) X(bitwise_not, ~x)
#define ATTUNE_GENERAL_BOOL_UNARY(X) X(logical_not, !x)

// a, b and y of the same type, any but bool. Integer divisors are not 0, integer exponents not
// negative.
#define ATTUNE_GENERAL_ARITHMETIC_BINARY(X)                 \
  X(add, a + b)                                             \
  X(sub, a - b)                                             \
  X(mul, a* b)                                              \
  X(maximum, xt::where(a > b || xt::not_equal(a, a), a, b)) \
  X(minimum, xt::where(a < b || xt::not_equal(a, a), a, b))

// The same, in the scalar functions of core/xtensor/division.hpp.
#define ATTUNE_GENERAL_DIVISION(X)                                             \
  X(floor_divide, xt::make_lambda_xfunction(&quotient_towards_floor<T>, a, b)) \
  X(remainder, xt::make_lambda_xfunction(&remainder_of_floor<T>, a, b))        \
  X(fmod, xt::make_lambda_xfunction(&remainder_of_truncation<T>, a, b))        \
  X(pow, xt::make_lambda_xfunction(&power<T>, a, b))

// a, b and y of the same floating type.
#define ATTUNE_GENERAL_FLOATING_BINARY(X)                                        \
  X(div, a / b)                                                                  \
  X(relu_backward, xt::where(b > T(0), a, T(0)))                                 \
  X(tanh_backward, a*(T(1) - b * b))                                             \
  X(sigmoid_backward, a*(b * (T(1) - b)))                                        \
  X(atan2, xt::atan2(a, b))                                                      \
  X(hypot, xt::hypot(a, b))                                                      \
  X(xlogy, xt::where(xt::equal(a, T(0)) && !xt::isnan(b), T(0), a * xt::log(b))) \
  X(logaddexp, xt::where(xt::equal(a, b), a + T(0x1.62e42fefa39efp-1),           \
                         xt::maximum(a, b) + xt::log1p(xt::exp(-xt::abs(a - b)))))

// a and b of the same type, any but bool; y is bool.
#define ATTUNE_GENERAL_COMPARISON(X) \
  X(eq, xt::equal(a, b))             \
  X(ne, xt::not_equal(a, b))         \
  X(lt, a < b)                       \
  X(le, a <= b)                      \
  X(gt, a > b)                       \
  X(ge, a >= b)

// All bool.
#define ATTUNE_GENERAL_BOOL_BINARY(X) \
  X(logical_and, a&& b)               \
  X(logical_or, a || b)               \
  X(logical_xor, xt::not_equal(a, b))

// All i64.
#define ATTUNE_GENERAL_INTEGER_BINARY(X) \
  X(bitwise_and, a& b)                   \
  X(bitwise_or, a | b)                   \
  X(bitwise_xor, a ^ b)

namespace attune::internal::general {

#define ATTUNE_DECLARE(name, expression) void name(const Tensor& x, Tensor& y);
ATTUNE_GENERAL_EXPONENTIAL(ATTUNE_DECLARE)
ATTUNE_GENERAL_TRIGONOMETRIC(ATTUNE_DECLARE)
ATTUNE_GENERAL_ROUNDING(ATTUNE_DECLARE)
ATTUNE_GENERAL_PREDICATE(ATTUNE_DECLARE)
ATTUNE_GENERAL_ARITHMETIC_UNARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_INTEGER_UNARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_BOOL_UNARY(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

#define ATTUNE_DECLARE(name, ...) void name(const Tensor& a, const Tensor& b, Tensor& y);
ATTUNE_GENERAL_ARITHMETIC_BINARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_DIVISION(ATTUNE_DECLARE)
ATTUNE_GENERAL_FLOATING_BINARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_COMPARISON(ATTUNE_DECLARE)
ATTUNE_GENERAL_BOOL_BINARY(ATTUNE_DECLARE)
ATTUNE_GENERAL_INTEGER_BINARY(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

// y[i] = condition[i] ? a[i] : b[i]; the condition is bool, the others are of one type.
void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& y);

}  // namespace attune::internal::general
