// Exponentials and logarithms of batches. Not correctly rounded (a few units in the last place),
// but at zeros, infinities, NaN and the ends of the range the values are libm's.
#pragma once

#include "core/simd/math_bits.hpp"

namespace attune::internal {
namespace {

// Where functions end: exp(highest) overflows, exp(lowest) is 0, and below `saturated` e^x - 1 is
// -1.
template <class T>
struct Range;
template <>
struct Range<float> {
  static constexpr float lowest = -104, highest = 89, saturated = -20;
  // 15 bits of log 2, so that a multiple by any exponent is exact, and the rest
  static constexpr float log2_high = 0x1.62e4p-1f, log2_low = 0x1.7f7d1cf79abcap-20f;
};
template <>
struct Range<double> {
  static constexpr double lowest = -746, highest = 710, saturated = -40;
  static constexpr double log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33;
};

// 1/2!, 1/3!, ...: the remainder of |r| <= log(2) / 2 after the last is below a unit in the last
// place.
template <class T>
struct ExpSeries {
  static constexpr int count = sizeof(T) == 4 ? 6 : 12;
  T c[count];
  constexpr ExpSeries() : c{} {
    double factorial = 1;
    for (int i = 0; i < count; ++i) c[i] = static_cast<T>(1 / (factorial *= i + 2));
  }
};

// 2/3, 2/5, ...: log((1 + s) / (1 - s)) = 2 s + s (2/3 s^2 + 2/5 s^4 + ...), |s| <= 3 - sqrt(8).
template <class T>
struct LogSeries {
  static constexpr int count = sizeof(T) == 4 ? 5 : 11;
  T c[count];
  constexpr LogSeries() : c{} {
    for (int i = 0; i < count; ++i) c[i] = static_cast<T>(2.0 / (2 * i + 3));
  }
};

template <class T>
inline constexpr ExpSeries<T> exp_series;
template <class T>
inline constexpr LogSeries<T> log_series;

// Added to an integer of moderate size, 1.5 * 2^mantissa leaves it in the lowest bits.
template <class T>
inline constexpr T integer_shift = Format<T>::two_to_mantissa* T(1.5);

// 2^k for k in the range of normal exponents.
template <class T>
ATTUNE_INLINE Batch<T> power_of_two(const Batch<T>& k) {
  constexpr int mantissa = Format<T>::mantissa;
  const Bits<T> integer = bits_of<T>(k + Batch<T>(integer_shift<T>));
  return from_bits<T>((integer + word<T>(Format<T>::bias)) << mantissa);
}

// x = k log 2 + r, |r| <= log(2) / 2 (Cody and Waite).
template <class T>
ATTUNE_INLINE void reduce_log2(const Batch<T>& x, Batch<T>& k, Batch<T>& r) {
  const Batch<T> shift(integer_shift<T>), per_log2(T(1.442695040888963407359924681001892137));
  k = (x * per_log2 + shift) - shift;
  r = fma<T>(k, Batch<T>(-Range<T>::log2_low), fma<T>(k, Batch<T>(-Range<T>::log2_high), x));
}

// e^r - 1 for a reduced r.
template <class T>
ATTUNE_INLINE Batch<T> expm1_reduced(const Batch<T>& r) {
  return fma<T>(r * r, polynomial<T>(r, exp_series<T>.c), r);
}

// Comparisons that NaN fails keep it.
template <class T>
ATTUNE_INLINE Batch<T> clamp(const Batch<T>& x, T low, T high) {
  const Batch<T> l(low), h(high);
  return xsimd::select(x < l, l, xsimd::select(x > h, h, x));
}

// x = 2^e m, sqrt(1/2) <= m < sqrt(2), for positive finite x, subnormals included.
template <class T>
ATTUNE_INLINE void split_exponent(const Batch<T>& x, Batch<T>& e, Batch<T>& m) {
  using Word = typename Format<T>::Word;
  constexpr int mantissa = Format<T>::mantissa;
  constexpr Word root_half = sizeof(T) == 4 ? Word(0x3f3504f3) : Word(0x3fe6a09e667f3bcdull);
  constexpr Word one = Format<T>::bias << mantissa;
  const auto small = x < Batch<T>(std::numeric_limits<T>::min());
  const Batch<T> normal = xsimd::select(small, x * Batch<T>(Format<T>::two_to_mantissa), x);
  const Bits<T> moved = bits_of<T>(normal) + word<T>(one - root_half);
  m = from_bits<T>((moved & word<T>((Word(1) << mantissa) - 1)) + word<T>(root_half));
  // the biased exponent under the exponent of 2^mantissa is that integer as a number
  const Batch<T> two_to_mantissa(Format<T>::two_to_mantissa);
  const Batch<T> biased =
      from_bits<T>((moved >> mantissa) | bits_of<T>(two_to_mantissa)) - two_to_mantissa;
  e = biased -
      xsimd::select(small, Batch<T>(T(Format<T>::bias + mantissa)), Batch<T>(T(Format<T>::bias)));
}

// log(2^e (1 + f) + a correction of first order in `extra`).
template <class T>
ATTUNE_INLINE Batch<T> log_parts(const Batch<T>& e, const Batch<T>& f, const Batch<T>& extra) {
  const Batch<T> s = f / (f + Batch<T>(T(2))), z = s * s, half_square = Batch<T>(T(0.5)) * f * f;
  const Batch<T> r = z * polynomial<T>(z, log_series<T>.c);
  const Batch<T> low = fma<T>(e, Batch<T>(Range<T>::log2_low), extra);
  const Batch<T> tail = half_square - fma<T>(s, half_square + r, low);
  return fma<T>(e, Batch<T>(Range<T>::log2_high), f - tail);
}

// The value where x is an ordinary argument; log's poles and NaN elsewhere, by the sign of u.
template <class T>
ATTUNE_INLINE Batch<T> log_edges(const Batch<T>& value, const Batch<T>& u) {
  const Batch<T> zero(T(0)), top(infinity<T>);
  const Batch<T> finite = xsimd::select(u == zero, Batch<T>(-infinity<T>), value);
  return xsimd::select(u < zero, Batch<T>(quiet_nan<T>),
                       xsimd::select((u < top) & (u >= zero), finite, u));
}

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> exp(const Batch<T>& x) {
  const Batch<T> shift(integer_shift<T>), one(T(1));
  Batch<T> k, r;
  reduce_log2<T>(clamp<T>(x, Range<T>::lowest, Range<T>::highest), k, r);
  const Batch<T> half = (k * Batch<T>(T(0.5)) + shift) - shift;
  const Batch<T> value = one + expm1_reduced<T>(r);
  return value * power_of_two<T>(half) * power_of_two<T>(k - half);
}

template <class T>
ATTUNE_INLINE Batch<T> expm1(const Batch<T>& x) {
  const Batch<T> one(T(1)), half(T(0.5));
  Batch<T> k, r;
  reduce_log2<T>(clamp<T>(x, Range<T>::saturated, Range<T>::highest), k, r);
  const Batch<T> scale = power_of_two<T>(k - one);  // 2^k itself may overflow
  const Batch<T> value = fma<T>(scale, expm1_reduced<T>(r), scale - half);
  return xsimd::select(x == Batch<T>(T(0)), x, value + value);
}

template <class T>
ATTUNE_INLINE Batch<T> log(const Batch<T>& x) {
  Batch<T> e, m;
  split_exponent<T>(x, e, m);
  return log_edges<T>(log_parts<T>(e, m - Batch<T>(T(1)), Batch<T>(T(0))), x);
}

template <class T>
ATTUNE_INLINE Batch<T> log1p(const Batch<T>& x) {
  const Batch<T> one(T(1)), u = one + x;
  const Batch<T> lost = xsimd::select(x > one, one - (u - x), x - (u - one));
  Batch<T> e, m;
  split_exponent<T>(u, e, m);
  const Batch<T> value = log_edges<T>(log_parts<T>(e, m - one, lost / u), u);
  const Batch<T> tiny(std::numeric_limits<T>::epsilon() / 4);
  return xsimd::select(math::abs<T>(x) < tiny, x, value);
}

template <class T>
ATTUNE_INLINE Batch<T> tanh(const Batch<T>& x) {
  // from |x| = 20 on, the nearest number is 1
  const Batch<T> t = math::expm1<T>(clamp<T>(math::abs<T>(x), T(0), T(20)) * Batch<T>(T(2)));
  return copy_sign<T>(t / (t + Batch<T>(T(2))), x);
}

template <class T>
ATTUNE_INLINE Batch<T> sigmoid(const Batch<T>& x) {
  const Batch<T> one(T(1)), e = math::exp<T>(neg<T>(math::abs<T>(x)));
  return xsimd::select(x < Batch<T>(T(0)), e, one) / (one + e);
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
