// Functions of one operand, element by element. Those that leave the integers (exp, sqrt, sin, ...)
// turn integer and bool operands into f32; the others keep the type. Outside its domain a function
// is NaN. Derivatives: every order, unless the comment says that there is none. Errors: dtype for
// bool operands of abs, neg, sign and square.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// --- signs
ATTUNE_API Tensor abs(const Tensor& x);   // |x|; the derivative at 0 is 0
ATTUNE_API Tensor neg(const Tensor& x);   // -x
ATTUNE_API Tensor sign(const Tensor& x);  // -1, 0 or 1; NaN of NaN. No derivative.

// --- powers and roots
ATTUNE_API Tensor square(const Tensor& x);      // x^2
ATTUNE_API Tensor reciprocal(const Tensor& x);  // 1 / x
ATTUNE_API Tensor sqrt(const Tensor& x);        // the square root; the derivative at 0 is infinite
ATTUNE_API Tensor rsqrt(const Tensor& x);       // 1 / sqrt(x)

// --- exponentials and logarithms
ATTUNE_API Tensor exp(const Tensor& x);    // e^x
ATTUNE_API Tensor expm1(const Tensor& x);  // e^x - 1, exact near 0
ATTUNE_API Tensor log(const Tensor& x);    // to base e; log(0) is -infinity
ATTUNE_API Tensor log2(const Tensor& x);   // the logarithm to base 2
ATTUNE_API Tensor log10(const Tensor& x);  // the logarithm to base 10
ATTUNE_API Tensor log1p(const Tensor& x);  // log(1 + x), exact near 0
ATTUNE_API Tensor erf(const Tensor& x);    // 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x

// --- circular and hyperbolic, in radians
ATTUNE_API Tensor sin(const Tensor& x);    // the sine of an angle
ATTUNE_API Tensor cos(const Tensor& x);    // the cosine
ATTUNE_API Tensor tan(const Tensor& x);    // the tangent
ATTUNE_API Tensor asin(const Tensor& x);   // the angle in [-pi/2, pi/2] of this sine
ATTUNE_API Tensor acos(const Tensor& x);   // the angle in [0, pi] of this cosine
ATTUNE_API Tensor atan(const Tensor& x);   // the angle in (-pi/2, pi/2) of this tangent
ATTUNE_API Tensor sinh(const Tensor& x);   // the hyperbolic sine, (e^x - e^-x) / 2
ATTUNE_API Tensor cosh(const Tensor& x);   // the hyperbolic cosine, (e^x + e^-x) / 2
ATTUNE_API Tensor tanh(const Tensor& x);   // the hyperbolic tangent, sinh(x) / cosh(x)
ATTUNE_API Tensor asinh(const Tensor& x);  // the inverse of sinh
ATTUNE_API Tensor acosh(const Tensor& x);  // the inverse of cosh, of x >= 1
ATTUNE_API Tensor atanh(const Tensor& x);  // the inverse of tanh, of -1 < x < 1

// --- rounding: integers and bools stay as they are. No derivative.
ATTUNE_API Tensor ceil(const Tensor& x);   // up, to the next whole number
ATTUNE_API Tensor floor(const Tensor& x);  // down, to the next whole number
ATTUNE_API Tensor round(const Tensor& x);  // to the nearest whole number, halves to the even one
ATTUNE_API Tensor trunc(const Tensor& x);  // towards 0: without the fraction

// --- kinds of numbers: bool results, no derivative
ATTUNE_API Tensor isnan(const Tensor& x);     // whether it is NaN
ATTUNE_API Tensor isinf(const Tensor& x);     // whether it is infinite, of either sign
ATTUNE_API Tensor isfinite(const Tensor& x);  // whether it is neither NaN nor infinite

// By default 0 and the largest finite numbers.
struct Replacements {
  double nan = 0;
  double positive_infinity = 1.7976931348623157e308;  // saturates at the largest number of the type
  double negative_infinity = -1.7976931348623157e308;
};
// x with others in the place of NaN and the infinities. The derivative is 1 at the numbers that
// stay, else 0.
ATTUNE_API Tensor nan_to_num(const Tensor& x, const Replacements& replacements = {});

// --- bounds
// min(max(x, low), high): `high` wins where they cross. Numbers are weak, tensors broadcast and
// promote. NaN stays. The derivative with respect to x is 1 from low to high, both included, else
// 0; that of a bound is 1 where it is taken.
ATTUNE_API Tensor clamp(const Tensor& x, Number low, Number high);
ATTUNE_API Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high);
ATTUNE_API Tensor clamp_min(const Tensor& x, Number low);  // max(x, low)
ATTUNE_API Tensor clamp_min(const Tensor& x, const Tensor& low);
ATTUNE_API Tensor clamp_max(const Tensor& x, Number high);  // min(x, high)
ATTUNE_API Tensor clamp_max(const Tensor& x, const Tensor& high);

inline Tensor operator-(const Tensor& x) { return neg(x); }

}  // namespace attune
