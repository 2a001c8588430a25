// Functions that f32 computes in double, where plain formulas lose nothing that f32 would see; f64
// has its own, and asks the C library for powers, one lane at a time.
#pragma once

#include "core/simd/math_hyperbolic.hpp"
#include "core/simd/math_lanes.hpp"
#include "core/simd/math_polar.hpp"
#include "core/simd/math_trig.hpp"

namespace attune::internal {
namespace {

// On values of f32 in double: neither subnormal nor near the ends of the range.
namespace wide {

using D = Batch<double>;

ATTUNE_INLINE D log2(const D& x) {
  D e, m;
  split_exponent<double, false>(x, e, m);
  const D one(1.0), s = (m - one) / (m + one);
  return fma<double>(s, polynomial<double>(s * s, WideCoefficients::log2), e);
}

ATTUNE_INLINE D exp2(const D& x) {
  const D shift(integer_shift<double>), near = clamp<double>(x, -200, 200);
  const D k = (near + shift) - shift, r = near - k;
  return fma<double>(r, polynomial<double>(r, WideCoefficients::exp2), D(1.0)) *
         power_of_two<double>(k);
}

// x^y for x >= 0: the logarithm of 0 and infinity is a number whose product with any y but 0 is
// out of range.
ATTUNE_INLINE D power(const D& x, const D& y) {
  const D far(1e300), finite = xsimd::select(x < D(1e300), log2(x), far);
  return exp2(y * xsimd::select(x == D(0.0), neg<double>(far), finite));
}

// The angle of the point (x, y): of the smaller part over the larger one, less pi / 4 where that
// is nearer.
ATTUNE_INLINE D atan2(const D& y, const D& x) {
  constexpr double pi = 3.14159265358979323846;
  const D up = at_most<double>(math::abs<double>(y), 1e300);
  const D along = at_most<double>(math::abs<double>(x), 1e300);
  const D large = at_least<double>(xsimd::max(up, along), 1e-300), small = xsimd::min(up, along);
  const auto diagonal = small > D(0.41421356237309504880) * large;
  const D t =
      xsimd::select(diagonal, small - large, small) / xsimd::select(diagonal, small + large, large);
  const D z = t * t;
  D angle = fma<double>(t * z, polynomial<double>(z, WideCoefficients::atan), t) +
            xsimd::select(diagonal, D(pi / 4), D(0.0));
  angle = xsimd::select(up > along, D(pi / 2) - angle, angle);
  const D sign_of_x = math::copy_sign<double>(D(1.0), x);
  angle = xsimd::select(sign_of_x < D(0.0), D(pi) - angle, angle);
  return xsimd::select(xsimd::isnan(x) | xsimd::isnan(y), x + y, math::copy_sign<double>(angle, y));
}

ATTUNE_INLINE D other_leg(const D& x) { return xsimd::sqrt((D(1.0) - x) * (D(1.0) + x)); }

ATTUNE_INLINE D hypot(const D& a, const D& b) {
  const D top(infinity<double>);
  const auto infinite = (math::abs<double>(a) == top) | (math::abs<double>(b) == top);
  return xsimd::select(infinite, top, xsimd::sqrt(a * a + b * b));
}

ATTUNE_INLINE D tan(const D& x) {
  const D shift(integer_shift<double>), shifted = fma<double>(x, D(0.636619772367581343), shift);
  const D k = shifted - shift;
  D r = x;
  for (const double part : HalfPi<double>::parts) r = fnma<double>(k, D(part), r);
  const D z = r * r, one(1.0);
  const D sin = fma<double>(r * z, polynomial<double>(z, sine_series<double, 3>.c), r);
  const D cos = fma<double>(z, polynomial<double>(z, sine_series<double, 2>.c), one);
  const auto odd =
      from_bits<double>((bits_of<double>(shifted) & word<double>(1)) | bits_of<double>(one)) != one;
  return xsimd::select(odd, neg<double>(cos), sin) / xsimd::select(odd, sin, cos);
}

// Below the bounds, where differences of exponentials and logarithms near 1 lose digits, the first
// terms of the series are more than enough for f32.
ATTUNE_INLINE D sinh(const D& x) {
  const D size = math::abs<double>(x), e = math::exp<double>(size);
  const D large = D(0.5) * (e - D(1.0) / e);
  return xsimd::select(size < D(0x1p-8), fma<double>(x * x * x, D(1.0 / 6), x),
                       math::copy_sign<double>(large, x));
}
ATTUNE_INLINE D cosh(const D& x) {
  const D e = math::exp<double>(math::abs<double>(x));
  return D(0.5) * (e + D(1.0) / e);
}
ATTUNE_INLINE D asinh(const D& x) {
  const D size = math::abs<double>(x);
  const D large = math::log<double>(size + xsimd::sqrt(fma<double>(x, x, D(1.0))));
  return xsimd::select(size < D(0x1p-16), x, math::copy_sign<double>(large, x));
}
ATTUNE_INLINE D acosh(const D& x) {
  const D value = math::log<double>(x + xsimd::sqrt((x - D(1.0)) * (x + D(1.0))));
  return xsimd::select(x < D(1.0), D(quiet_nan<double>), value);
}
ATTUNE_INLINE D atanh(const D& x) {
  const D large = D(0.5) * math::log<double>((D(1.0) + x) / (D(1.0) - x));
  return xsimd::select(math::abs<double>(x) < D(0x1p-12), fma<double>(x * x * x, D(1.0 / 3), x),
                       large);
}

}  // namespace wide

// of_f32, in double, or of_f64.
template <class T, class Single, class Double, class... Operands>
ATTUNE_INLINE Batch<T> by_type(Single of_f32, Double of_f64, const Operands&... x) {
  if constexpr (sizeof(T) == 4)
    return in_double(of_f32, x...);
  else
    return of_f64(x...);
}

namespace math {

using D = Batch<double>;

template <class T>
ATTUNE_INLINE Batch<T> tan(const Batch<T>& x) {
  if constexpr (sizeof(T) == 8) {
    return of_double::tan(x);
  } else {
    const auto inside = math::abs<T>(x) <= Batch<T>(T(HalfPi<double>::highest));
    Batch<T> value = in_double([](const D& v) { return wide::tan(v); }, x);
    if (!xsimd::all(inside)) {
      const Batch<T> far = each_lane<T>([](T v) { return __builtin_tanf(v); }, x);
      value = xsimd::select(inside, value, far);
    }
    return xsimd::select(x == Batch<T>(T(0)), x, value);
  }
}
template <class T>
ATTUNE_INLINE Batch<T> asin(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::atan2(v, wide::other_leg(v)); },
                    [](const D& v) { return of_double::asin(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> acos(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::atan2(wide::other_leg(v), v); },
                    [](const D& v) { return of_double::acos(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> atan(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::atan2(v, D(1.0)); },
                    [](const D& v) { return of_double::atan(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> sinh(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::sinh(v); },
                    [](const D& v) { return of_double::sinh(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> cosh(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::cosh(v); },
                    [](const D& v) { return of_double::cosh(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> asinh(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::asinh(v); },
                    [](const D& v) { return of_double::asinh(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> acosh(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::acosh(v); },
                    [](const D& v) { return of_double::acosh(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> atanh(const Batch<T>& x) {
  return by_type<T>([](const D& v) { return wide::atanh(v); },
                    [](const D& v) { return of_double::atanh(v); }, x);
}
template <class T>
ATTUNE_INLINE Batch<T> atan2(const Batch<T>& y, const Batch<T>& x) {
  return by_type<T>([](const D& u, const D& v) { return wide::atan2(u, v); },
                    [](const D& u, const D& v) { return of_double::atan2(u, v); }, y, x);
}
template <class T>
ATTUNE_INLINE Batch<T> hypot(const Batch<T>& a, const Batch<T>& b) {
  return by_type<T>([](const D& u, const D& v) { return wide::hypot(u, v); },
                    [](const D& u, const D& v) { return of_double::hypot(u, v); }, a, b);
}

// The signs, poles and NaN of IEEE 754: 1 wherever the base is 1 or the exponent 0; of a negative
// base only whole exponents.
template <class T>
ATTUNE_INLINE Batch<T> pow(const Batch<T>& x, const Batch<T>& y) {
  if constexpr (sizeof(T) == 8) {
    return each_lane<T>([](double u, double v) { return __builtin_pow(u, v); }, x, y);
  } else {
    const Batch<T> zero(T(0)), one(T(1)), size = math::abs<T>(x), half = T(0.5) * y;
    Batch<T> value = in_double([](const D& u, const D& v) { return wide::power(u, v); }, size, y);
    value = xsimd::select(size == one, one, value);
    const auto fraction = math::round<T>(y) != y, odd = (math::round<T>(half) != half);
    value = value ^ xsimd::select(odd, sign_bit<T>(x), zero);
    value =
        xsimd::select(fraction & (x < zero) & (size < Batch<T>(infinity<T>)),
                      Batch<T>(quiet_nan<T>), xsimd::select(fraction, math::abs<T>(value), value));
    value = xsimd::select(xsimd::isnan(x) | xsimd::isnan(y), x + y, value);
    return xsimd::select((x == one) | (y == zero), one, value);
  }
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
