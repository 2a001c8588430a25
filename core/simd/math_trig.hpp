// Sine, cosine and f64's tangent of batches. Arguments too large for a reduction in the batch's own
// precision go to the C library one lane at a time.
#pragma once

#include "core/simd/math_exp.hpp"
#include "core/simd/math_lanes.hpp"
#include "core/simd/math_turns.hpp"

namespace attune::internal {
namespace {

// pi / 2 in parts short enough that a multiple k <= highest / (pi / 2) of each but the last is
// exact. x less the first `exact` multiples is, too.
template <class T>
struct HalfPi;
template <>
struct HalfPi<float> {
  static constexpr float highest = 8192;
  static constexpr int exact = 2;
  static constexpr float parts[4] = {0x1.92p0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234c4c6629p-39f};
};
template <>
struct HalfPi<double> {
  static constexpr double highest = 1 << 20;
  static constexpr int exact = 1;
  static constexpr double parts[4] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69,
                                      0x1.b839a252049c1p-104};
};

// Taylor over |r| <= pi / 4: -1/3!, 1/5!, ... or -1/2!, 1/4!, ...; from 4 on these divided by the
// first of them: -2/4!, 2/6!, ...
template <class T, int first>
struct SineSeries {
  static constexpr int count = (sizeof(T) == 4 ? 4 : 8) + (first == 2 ? 1 : 0);
  T c[count];
  constexpr SineSeries() : c{} {
    double term = 1;
    for (int i = 0, power = first; i < count; ++i, power += 2)
      c[i] = static_cast<T>(term /= -power * (power - 1));
  }
};

template <class T, int first>
inline constexpr SineSeries<T, first> sine_series;

// sin(x + quarter pi / 2) of one large x.
inline float large_sine(float x, int quarter) {
  return quarter == 0 ? __builtin_sinf(x) : __builtin_cosf(x);
}
inline double large_sine(double x, int quarter) {
  return __builtin_fabs(x) <= HalfPi<double>::highest
             ? 0
             : sine_of_large(x, static_cast<unsigned>(quarter));
}

// x = k pi / 2 + r + low for |x| <= highest, a `low` below the digits of r, and k in the lowest
// bits of `shifted`. Above a power of two r alone would be a unit of a sine off.
template <class T>
struct LessTurns {
  ATTUNE_INLINE explicit LessTurns(const Batch<T>& x)
      : shifted(x * Batch<T>(T(0.636619772367581343075535053490057448)) +
                Batch<T>(integer_shift<T>)) {
    const Batch<T> k = shifted - Batch<T>(integer_shift<T>);
    const auto less = [&k](int part, const Batch<T>& from) {
      return fnma<T>(k, Batch<T>(HalfPi<T>::parts[part]), from);
    };
    constexpr int exact = HalfPi<T>::exact;
    Batch<T> all = x;
    for (int part = 0; part < exact; ++part) all = less(part, all);
    r = less(exact, all);
    low = less(exact, all - r);
    for (int part = exact + 1; part < 4; ++part) low = less(part, low);
    if constexpr (sizeof(T) == 8) {  // whose third multiple is some units of the result
      const Batch<T> sum = r + low;
      low = (r - sum) + low;
      r = sum;
    }
  }

  Batch<T> shifted, r, low;
};

// of_odd where bit 0 of an integer is set, of_even elsewhere.
template <class T>
ATTUNE_INLINE Batch<T> by_parity(const Bits<T>& number, const Batch<T>& of_odd,
                                 const Batch<T>& of_even) {
  const Batch<T> one(T(1));
  const Batch<T> odd = from_bits<T>((number & word<T>(1)) | bits_of<T>(one));
  return xsimd::select(odd == one, of_even, of_odd);
}

// sin(x + quarter pi / 2) for |x| <= highest.
template <class T>
ATTUNE_INLINE Batch<T> sine(const Batch<T>& x, int quarter) {
  using Word = typename Format<T>::Word;
  const LessTurns<T> rest(x);
  const Batch<T>&r = rest.r, z = r * r, one(T(1));
  const Batch<T> sin = r + fma<T>(r * z, polynomial<T>(z, sine_series<T, 3>.c), rest.low);
  const Batch<T> cos = fma<T>(z, polynomial<T>(z, sine_series<T, 2>.c), one);
  const Bits<T> turns = bits_of<T>(rest.shifted) + word<T>(static_cast<Word>(quarter));
  // bit 0 of the quarter turns: the other function; bit 1: the other sign
  const Batch<T> value = by_parity<T>(turns, cos, sin);
  constexpr int to_sign = 8 * static_cast<int>(sizeof(T)) - 2;
  return value ^ from_bits<T>((turns & word<T>(2)) << to_sign);
}

// tan(x) for |x| <= highest: sine over cosine of the rest, or -cosine over sine, each with the
// digits that its last sum loses, as three roundings would be more than two units.
ATTUNE_INLINE Batch<double> tangent(const Batch<double>& x) {
  using D = Batch<double>;
  const LessTurns<double> rest(x);
  const D &r = rest.r, &low = rest.low, z = r * r, half = D(0.5) * z, one(1.0);
  const D sin_bend = fma<double>(r * z, polynomial<double>(z, sine_series<double, 3>.c), low);
  const D sin = r + sin_bend, sin_lost = (r - sin) + sin_bend;
  const D from = one - half, from_lost = fnma<double>(r, low, (one - from) - half);
  const D cos_bend =
      fnma<double>(half * z, polynomial<double>(z, sine_series<double, 4>.c), from_lost);
  const D cos = from + cos_bend, cos_lost = (from - cos) + cos_bend;
  const auto choose = [&rest](const D& of_odd, const D& of_even) {
    return by_parity<double>(bits_of<double>(rest.shifted), of_odd, of_even);
  };
  const Divisor<double> divisor(choose(sin, cos), choose(sin_lost, cos_lost));
  return divisor.under(choose(math::neg<double>(cos), sin),
                       choose(math::neg<double>(cos_lost), sin_lost));
}

template <class T, int quarter>
ATTUNE_INLINE Batch<T> sine_of_any(const Batch<T>& x) {
  const auto inside = math::abs<T>(x) <= Batch<T>(HalfPi<T>::highest);
  const Batch<T> value = sine<T>(x, quarter);
  if (xsimd::all(inside)) return value;
  return xsimd::select(inside, value,
                       each_lane<T>([](T lane) { return large_sine(lane, quarter); }, x));
}

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> sin(const Batch<T>& x) {
  // sin(-0) = -0 is lost in the reduction
  return xsimd::select(x == Batch<T>(T(0)), x, sine_of_any<T, 0>(x));
}

template <class T>
ATTUNE_INLINE Batch<T> cos(const Batch<T>& x) {
  return sine_of_any<T, 1>(x);
}

}  // namespace math

namespace of_double {

ATTUNE_INLINE Batch<double> tan(const Batch<double>& x) {
  const auto inside = math::abs<double>(x) <= Batch<double>(HalfPi<double>::highest);
  Batch<double> value = tangent(x);
  if (!xsimd::all(inside)) {
    const auto far = [](double lane) {
      return __builtin_fabs(lane) <= HalfPi<double>::highest ? 0 : tan_of_large(lane);
    };
    value = xsimd::select(inside, value, each_lane<double>(far, x));
  }
  return xsimd::select(x == Batch<double>(0.0), x, value);
}

}  // namespace of_double
}  // namespace
}  // namespace attune::internal
