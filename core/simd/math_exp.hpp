// Exponentials of batches, and the functions made of them. At zeros, infinities, NaN and the ends
// of the range the values are libm's; elsewhere docs/accuracy.md says how far they are from it.
#pragma once

#include "core/simd/math_coefficients.hpp"
#include "core/simd/math_pieces.hpp"

namespace attune::internal {
namespace {

// Where functions end: exp(highest) overflows, exp(lowest) is 0, below -saturated e^x - 1 is -1,
// and from `saturated` on tanh and the logistic function are 1.
template <class T>
struct Range;
template <>
struct Range<float> {
  static constexpr float lowest = -104, highest = 89, saturated = 20;
  // 15 bits of log 2, so that a multiple by any exponent is exact, and the rest
  static constexpr float log2_high = 0x1.62e4p-1f, log2_low = 0x1.7f7d1cf79abcap-20f;
};
template <>
struct Range<double> {
  static constexpr double lowest = -746, highest = 710, saturated = 40;
  static constexpr double log2_high = 0x1.62e42feep-1, log2_low = 0x1.a39ef35793c76p-33;
};

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

// k such that x = k log 2 + r, |r| <= log(2) / 2 (Cody and Waite). `shifted` has k plus twice the
// bias of exponents, which is above 0, in its lowest bits.
template <class T>
struct Reduced {
  static constexpr T shift = integer_shift<T> + 2 * static_cast<T>(Format<T>::bias);
  ATTUNE_INLINE explicit Reduced(const Batch<T>& x)
      : shifted(fma<T>(x, Batch<T>(T(1.442695040888963407359924681001892137)), Batch<T>(shift))),
        k(shifted - Batch<T>(shift)),
        high(fnma<T>(k, Batch<T>(Range<T>::log2_high), x)) {}

  // r + low, for a small `low`
  ATTUNE_INLINE Batch<T> rest(const Batch<T>& low) const { return high + correction(low); }
  ATTUNE_INLINE Batch<T> rest() const { return fnma<T>(k, Batch<T>(Range<T>::log2_low), high); }
  ATTUNE_INLINE Batch<T> correction(const Batch<T>& low) const {
    return fnma<T>(k, Batch<T>(Range<T>::log2_low), low);
  }

  // 2^k value, rounded once, for a value near 1
  ATTUNE_INLINE Batch<T> scaled(const Batch<T>& value) const {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
      return _mm512_scalef_ps(value, k);
    else
      return _mm512_scalef_pd(value, k);
#else
    // 2^k may lie beyond the normal numbers: two halves of it
    const Bits<T> both = bits_of<T>(shifted), half = both >> 1;
    return value * from_bits<T>(half << Format<T>::mantissa) *
           from_bits<T>((both - half) << Format<T>::mantissa);
#endif
  }

  Batch<T> shifted, k, high;
};

// e^r - 1 for a reduced r.
template <class T>
ATTUNE_INLINE Batch<T> expm1_reduced(const Batch<T>& r) {
  return fma<T>(r * r, polynomial<T>(r, Coefficients<T>::exp), r);
}

// e^(x + low) = 2^k (1 + r + bend) for a small `low`; what r loses is in the bend. x lies between
// twice Range::lowest and Range::saturated.
template <class T>
struct PreciseExp {
  ATTUNE_INLINE explicit PreciseExp(const Batch<T>& x, const Batch<T>& low = Batch<T>(T(0)))
      : power(x) {
    const Batch<T> correction = power.correction(low);
    r = power.high + correction;
    const Batch<T> lost = (power.high - r) + correction;
    bend = fma<T>(r * r, polynomial<T>(r, Coefficients<T>::exp), lost);
  }
  // (factor + rest) e^(x + low) for a `rest` of a few units, also where the power itself would lose
  // digits to being subnormal
  ATTUNE_INLINE Batch<T> times(const Batch<T>& factor, const Batch<T>& rest) const {
    return power.scaled(factor + fma<T>(factor, r, fma<T>(factor, bend, fma<T>(rest, r, rest))));
  }
  ATTUNE_INLINE Batch<T> times(const Batch<T>& factor) const {
    return power.scaled(factor + fma<T>(factor, r, factor * bend));
  }
  ATTUNE_INLINE Batch<T> alone() const {
    const Batch<T> one(T(1)), sum = one + r;
    return power.scaled(sum + (((one - sum) + r) + bend));
  }

  Reduced<T> power;
  Batch<T> r, bend;
};

// -|x|, from `low` on.
template <class T>
ATTUNE_INLINE Batch<T> negative_size(const Batch<T>& x, T low) {
  return at_least<T>(x | Batch<T>(T(-0.0)), low);
}

// e, and 0 where it is so small that its square could be subnormal, which is slow, and is lost.
template <class T>
ATTUNE_INLINE Batch<T> unless_tiny(const Batch<T>& e) {
  const Batch<T> bound(std::numeric_limits<T>::epsilon() / 64);
  return xsimd::select(e < bound, Batch<T>(T(0)), e);
}

// straight + log(1 + e^-|x|), the part of softplus that bends.
template <class T>
ATTUNE_INLINE Batch<T> softplus_beside(const Batch<T>& straight, const Batch<T>& x) {
  const Batch<T> f = PreciseExp<T>(negative_size<T>(x, Range<T>::lowest)).alone();
  const Batch<T> g = unless_tiny<T>(f), s = g / (g + Batch<T>(T(2))), z = s * s;
  const Batch<T> half_square = Batch<T>(T(0.5)) * g * g;
  const Batch<T> bend = fma<T>(z, polynomial<T>(z, Coefficients<T>::log1p), half_square);
  const Batch<T> less = fnma<T>(s, bend, half_square), curve = f - less;
  return (straight + ((f - curve) - less)) + curve;
}

// Quotients by a + b, rounded once: what is lost in the sum and in the quotient is added. The
// caller has the rest of the sum.
template <class T>
struct Divisor {
  ATTUNE_INLINE Divisor(const Batch<T>& sum_, const Batch<T>& lost_)
      : sum(sum_), lost(lost_), inverse(Batch<T>(T(1)) / sum) {}
  // 1 + e for 0 <= e <= 1
  static ATTUNE_INLINE Divisor one_plus(const Batch<T>& e) {
    const Batch<T> one(T(1)), sum = one + e;
    return {sum, unless_tiny<T>(e) - (sum - one)};
  }
  // a + b for positive numbers
  static ATTUNE_INLINE Divisor sum_of(const Batch<T>& a, const Batch<T>& b) {
    const Batch<T> sum = a + b;
    return {sum, xsimd::min(a, b) - (sum - xsimd::max(a, b))};
  }

  // What the ratio n * inverse is short of, times the sum.
  ATTUNE_INLINE Batch<T> rest(const Batch<T>& n, const Batch<T>& ratio) const {
    return fnma<T>(ratio, lost, less_product<T>(n, ratio, sum));
  }
  ATTUNE_INLINE Batch<T> under(const Batch<T>& n) const {
    const Batch<T> ratio = n * inverse;
    return fma<T>(rest(n, ratio), inverse, ratio);
  }
  // of n + n_lost
  ATTUNE_INLINE Batch<T> under(const Batch<T>& n, const Batch<T>& n_lost) const {
    const Batch<T> ratio = n * inverse;
    return fma<T>(rest(n, ratio) + n_lost, inverse, ratio);
  }

  Batch<T> sum, lost, inverse;
};

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> exp(const Batch<T>& x) {
  const Reduced<T> e(clamp<T>(x, Range<T>::lowest, Range<T>::highest));
  return e.scaled(Batch<T>(T(1)) + expm1_reduced<T>(e.rest()));
}

template <class T>
ATTUNE_INLINE Batch<T> expm1(const Batch<T>& x) {
  const Reduced<T> e(clamp<T>(x, -Range<T>::saturated, Range<T>::highest));
  const Batch<T> r = e.rest(), scale = power_of_two<T>(e.k - Batch<T>(T(1)));  // 2^k may overflow
  const Batch<T> from = scale - Batch<T>(T(0.5)), linear = scale * r, sum = from + linear;
  const Batch<T> bend = r * r * polynomial<T>(r, Coefficients<T>::exp);
  const Batch<T> value = sum + fma<T>(scale, bend, (from - sum) + linear);
  const Batch<T> tiny(std::numeric_limits<T>::epsilon() / 4);
  return xsimd::select(math::abs<T>(x) < tiny, x, value + value);
}

// Near 0 a polynomial, elsewhere 1 - 2 / (e^2x + 1).
template <class T>
ATTUNE_INLINE Batch<T> tanh(const Batch<T>& x) {
  const Batch<T> size = math::abs<T>(x);
  if constexpr (has_pieces<T>) {
    return piece<TanhPieces, T>(at_most<T>(size, TanhPieces::end)) | sign_bit<T>(x);
  } else {
    const Batch<T> one(T(1)), two(T(2)), z = x * x;
    const Batch<T> small = fma<T>(x * z, polynomial<T>(z, Coefficients<T>::tanh), x);
    const Batch<T> near = at_most<T>(size, Range<T>::saturated);
    const Reduced<T> e(near + near);
    const Batch<T> large = one - two / (e.scaled(one + expm1_reduced<T>(e.rest())) + one);
    return xsimd::select(size < Batch<T>(T(0.625)), small, large) | sign_bit<T>(x);
  }
}

template <class T>
ATTUNE_INLINE Batch<T> sigmoid(const Batch<T>& x) {
  const auto by_exponential = [](const Batch<T>& of) {
    const Batch<T> zero(T(0)), one(T(1));
    const Batch<T> e = PreciseExp<T>(negative_size<T>(of, Range<T>::lowest)).alone();
    return Divisor<T>::one_plus(e).under(xsimd::select(of < zero, e, one));
  };
  if constexpr (has_pieces<T>)
    return beside_half<LogisticPieces, T>(x, by_exponential);
  else
    return by_exponential(x);
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
