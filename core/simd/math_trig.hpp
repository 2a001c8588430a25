// Sine, cosine and the error function of batches. Arguments too large for a reduction in the
// batch's own precision go to the C library one lane at a time, as does the f64 error function.
#pragma once

#include "core/simd/math_exp.hpp"

namespace attune::internal {
namespace {

// pi / 2 in parts short enough that a multiple k <= highest / (pi / 2) of each but the last is
// exact.
template <class T>
struct HalfPi;
template <>
struct HalfPi<float> {
  static constexpr float highest = 8192;
  static constexpr float parts[4] = {0x1.92p0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234c4c6629p-39f};
};
template <>
struct HalfPi<double> {
  static constexpr double highest = 1 << 20;
  static constexpr double parts[4] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69,
                                      0x1.b839a252049c1p-104};
};

// (-1)^i / (first + 2 (i - 1))!: -1/3!, 1/5!, ... or -1/2!, 1/4!, ...: Taylor over |r| <= pi / 4.
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

ATTUNE_INLINE float c_sin(float x) { return __builtin_sinf(x); }
ATTUNE_INLINE double c_sin(double x) { return __builtin_sin(x); }
ATTUNE_INLINE float c_cos(float x) { return __builtin_cosf(x); }
ATTUNE_INLINE double c_cos(double x) { return __builtin_cos(x); }

template <class T, class F>
__attribute__((noinline)) Batch<T> each_lane(const Batch<T>& x, F f) {
  alignas(64) T lane[lanes<T>];
  x.store_aligned(lane);
  for (T& value : lane) value = f(value);
  return Batch<T>::load_aligned(lane);
}

// sin(x + quarter pi / 2) for |x| <= highest.
template <class T>
ATTUNE_INLINE Batch<T> sine(const Batch<T>& x, int quarter) {
  using Word = typename Format<T>::Word;
  const Batch<T> shift(integer_shift<T>), per_half_pi(T(0.636619772367581343075535053490057448));
  const Batch<T> shifted = x * per_half_pi + shift, k = shifted - shift;
  Batch<T> r = x;
  for (const T part : HalfPi<T>::parts) r = fma<T>(k, Batch<T>(-part), r);
  const Batch<T> z = r * r, one(T(1));
  const Batch<T> sin = fma<T>(r * z, polynomial<T>(z, sine_series<T, 3>.c), r);
  const Batch<T> cos = fma<T>(z, polynomial<T>(z, sine_series<T, 2>.c), one);
  const Bits<T> turns = bits_of<T>(shifted) + word<T>(static_cast<Word>(quarter));
  // bit 0 of the quarter turns: the other function; bit 1: the other sign
  const Batch<T> odd = from_bits<T>((turns & word<T>(1)) | bits_of<T>(one));
  const Batch<T> value = xsimd::select(odd == one, sin, cos);
  constexpr int to_sign = 8 * static_cast<int>(sizeof(T)) - 2;
  return value ^ from_bits<T>((turns & word<T>(2)) << to_sign);
}

template <class T, class F>
ATTUNE_INLINE Batch<T> sine_or(const Batch<T>& x, int quarter, F of_lane) {
  const auto inside = math::abs<T>(x) <= Batch<T>(HalfPi<T>::highest);
  Batch<T> value = sine<T>(x, quarter);
  if (!xsimd::all(inside)) value = xsimd::select(inside, value, each_lane<T>(x, of_lane));
  return value;
}

// erf(x) / x in powers of x^2: 2/sqrt(pi) (-1)^n / (n! (2n + 1)) (Abramowitz and Stegun 7.1.5).
struct ErfSeries {
  float c[12];
  constexpr ErfSeries() : c{} {
    double term = 1.128379167095512573896158903121545172;  // 2 / sqrt(pi)
    for (int n = 0; n < 12; ++n, term /= -n) c[n] = static_cast<float>(term / (2 * n + 1));
  }
};
inline constexpr ErfSeries erf_series;

// log(erfc(x)) + x^2 on [0.9, 4], interpolated at 9 Chebyshev nodes: erfc to 4e-9. From 4 on erf
// is 1.
inline constexpr float erfc_logarithm[] = {
    0x1.4e0356ed00cedp-12f, -0x1.2156d28b1bbfdp+0f,  0x1.7903269ba0ea6p-2f,
    -0x1.c2eac2bcf2632p-4f, 0x1.b0fd8b524b386p-6f,   -0x1.381f9a31aa6c1p-8f,
    0x1.394e9ab7cd88ap-11f, -0x1.834021abe5765p-15f, 0x1.b90e7983cb36fp-20f};

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> sin(const Batch<T>& x) {
  // sin(-0) = -0 is lost in the reduction
  const Batch<T> value = sine_or<T>(x, 0, [](T lane) { return c_sin(lane); });
  return xsimd::select(x == Batch<T>(T(0)), x, value);
}

template <class T>
ATTUNE_INLINE Batch<T> cos(const Batch<T>& x) {
  return sine_or<T>(x, 1, [](T lane) { return c_cos(lane); });
}

template <class T>
ATTUNE_INLINE Batch<T> erf(const Batch<T>& x) {
  if constexpr (sizeof(T) == 8) {
    return each_lane<T>(x, [](T lane) { return __builtin_erf(lane); });
  } else {
    const Batch<T> magnitude = clamp<T>(math::abs<T>(x), T(0), T(4)),
                   square = magnitude * magnitude;
    const Batch<T> low = magnitude * polynomial<T>(square, erf_series.c);
    const Batch<T> high =
        Batch<T>(T(1)) - math::exp<T>(polynomial<T>(magnitude, erfc_logarithm) - square);
    return copy_sign<T>(xsimd::select(magnitude < Batch<T>(T(1)), low, high), x);
  }
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
