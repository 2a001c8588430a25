// Signs, rounding, selection and the bits of floating-point batches, written with add, multiply,
// compare, select and integer shifts only: the same code is right on every instruction set.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

template <class T>
using Bits = xsimd::batch<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>, Arch>;

template <class T>
struct Format;  // of IEEE 754

template <>
struct Format<float> {
  using Word = std::uint32_t;
  static constexpr int mantissa = 23;
  static constexpr Word bias = 127;
  static constexpr float two_to_mantissa = 0x1p23f;
};

template <>
struct Format<double> {
  using Word = std::uint64_t;
  static constexpr int mantissa = 52;
  static constexpr Word bias = 1023;
  static constexpr double two_to_mantissa = 0x1p52;
};

template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T quiet_nan = std::numeric_limits<T>::quiet_NaN();

template <class T>
ATTUNE_INLINE Bits<T> bits_of(const Batch<T>& x) {
  return xsimd::bitwise_cast<Bits<T>>(x);
}
template <class T>
ATTUNE_INLINE Batch<T> from_bits(const Bits<T>& x) {
  return xsimd::bitwise_cast<Batch<T>>(x);
}
template <class T>
ATTUNE_INLINE Bits<T> word(typename Format<T>::Word w) {
  return Bits<T>(w);
}

// Horner: c[0] + x (c[1] + x (...)).
template <class T, int count>
ATTUNE_INLINE Batch<T> polynomial(const Batch<T>& x, const T (&c)[count]) {
  Batch<T> value(c[count - 1]);
#pragma GCC unroll 16
  for (int i = count - 2; i >= 0; --i) value = fma<T>(value, x, Batch<T>(c[i]));
  return value;
}

// p - a b exactly, for a p that is a b but for the last digits.
template <class T>
ATTUNE_INLINE Batch<T> less_product(const Batch<T>& p, const Batch<T>& a, const Batch<T>& b) {
  if constexpr (fused) return fnma<T>(a, b, p);
  // Halves of the digits, whose products are exact (Dekker).
  using Word = typename Format<T>::Word;
  const Bits<T> upper = word<T>(~((Word(1) << (Format<T>::mantissa + 2) / 2) - 1));
  const Batch<T> a_high = from_bits<T>(bits_of<T>(a) & upper), a_low = a - a_high;
  const Batch<T> b_high = from_bits<T>(bits_of<T>(b) & upper), b_low = b - b_high;
  return ((p - a_high * b_high) - a_high * b_low - a_low * b_high) - a_low * b_low;
}

// The bound where x is beyond it; NaN stays: x86's instructions give their second operand then.
template <class T>
ATTUNE_INLINE Batch<T> at_least(const Batch<T>& x, T low) {
  return xsimd::max(Batch<T>(low), x);
}
template <class T>
ATTUNE_INLINE Batch<T> at_most(const Batch<T>& x, T high) {
  return xsimd::min(Batch<T>(high), x);
}
template <class T>
ATTUNE_INLINE Batch<T> clamp(const Batch<T>& x, T low, T high) {
  return at_most<T>(at_least<T>(x, low), high);
}

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> abs(const Batch<T>& x) {
  return x & Batch<T>(from_bits<T>(~word<T>(typename Format<T>::Word(1) << (8 * sizeof(T) - 1))));
}
template <class T>
ATTUNE_INLINE Batch<T> sign_bit(const Batch<T>& x) {
  return x & Batch<T>(T(-0.0));
}
template <class T>
ATTUNE_INLINE Batch<T> copy_sign(const Batch<T>& magnitude, const Batch<T>& x) {
  return math::abs<T>(magnitude) | sign_bit<T>(x);
}
template <class T>
ATTUNE_INLINE Batch<T> neg(const Batch<T>& x) {
  return x ^ Batch<T>(T(-0.0));
}
template <class T>
ATTUNE_INLINE Batch<T> sign(const Batch<T>& x) {
  const Batch<T> zero(T(0));
  const Batch<T> one = xsimd::select(x > zero, Batch<T>(T(1)), Batch<T>(T(-1)));
  // x + 0 turns -0 into +0 and keeps NaN
  return xsimd::select((x > zero) | (x < zero), one, x + zero);
}
// NaN where either is NaN, and b of two zeros: x86's max and min are b in both cases, NEON's order
// zeros. A running value is best b, so that it waits for two instructions and not for a comparison.
// (isnan, since xsimd 8.1's x != x is false for NaN on AVX.)
template <class T>
ATTUNE_INLINE Batch<T> maximum(const Batch<T>& a, const Batch<T>& b) {
#if defined(__x86_64__)
  return xsimd::select(xsimd::isnan(a), a, xsimd::max(a, b));
#else
  return xsimd::select((a > b) | xsimd::isnan(a), a, b);
#endif
}
template <class T>
ATTUNE_INLINE Batch<T> minimum(const Batch<T>& a, const Batch<T>& b) {
#if defined(__x86_64__)
  return xsimd::select(xsimd::isnan(a), a, xsimd::min(a, b));
#else
  return xsimd::select((a < b) | xsimd::isnan(a), a, b);
#endif
}
template <class T>
ATTUNE_INLINE Batch<T> relu(const Batch<T>& x) {
  return xsimd::select(x <= Batch<T>(T(0)), Batch<T>(T(0)), x);
}
template <class T>
ATTUNE_INLINE Batch<T> square(const Batch<T>& x) {
  return x * x;
}
template <class T>
ATTUNE_INLINE Batch<T> sqrt(const Batch<T>& x) {
  return xsimd::sqrt(x);
}
template <class T>
ATTUNE_INLINE Batch<T> reciprocal(const Batch<T>& x) {
  return Batch<T>(T(1)) / x;
}
template <class T>
ATTUNE_INLINE Batch<T> rsqrt(const Batch<T>& x) {
  return Batch<T>(T(1)) / xsimd::sqrt(x);
}

// Whether xsimd rounds to integers by one instruction. SSE2 has none; NEON's are not measured.
#if defined(__AVX2__)
inline constexpr bool rounds_itself = true;
#else
inline constexpr bool rounds_itself = false;
#endif

// Half to even: adding and taking away 2^mantissa leaves the hardware's rounding to an integer.
template <class T>
ATTUNE_INLINE Batch<T> round(const Batch<T>& x) {
  if constexpr (rounds_itself) {
    return xsimd::nearbyint(x);
  } else {
    const Batch<T> big(Format<T>::two_to_mantissa), magnitude = math::abs<T>(x);
    const Batch<T> rounded = copy_sign<T>((magnitude + big) - big, x);
    return xsimd::select(magnitude < big, rounded, x);  // NaN and infinity: x
  }
}
template <class T>
ATTUNE_INLINE Batch<T> floor(const Batch<T>& x) {
  if constexpr (rounds_itself) {
    return xsimd::floor(x);
  } else {
    const Batch<T> r = math::round<T>(x);
    return xsimd::select(r > x, copy_sign<T>(r - Batch<T>(T(1)), x), r);
  }
}
template <class T>
ATTUNE_INLINE Batch<T> ceil(const Batch<T>& x) {
  if constexpr (rounds_itself) {
    return xsimd::ceil(x);
  } else {
    const Batch<T> r = math::round<T>(x);
    return xsimd::select(r < x, copy_sign<T>(r + Batch<T>(T(1)), x), r);
  }
}
template <class T>
ATTUNE_INLINE Batch<T> trunc(const Batch<T>& x) {
  if constexpr (rounds_itself)
    return xsimd::trunc(x);
  else
    return copy_sign<T>(math::floor<T>(math::abs<T>(x)), x);
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
