// Logarithms of batches.
#pragma once

#include "core/simd/math_exp.hpp"

namespace attune::internal {
namespace {

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
inline constexpr LogSeries<T> log_series;

// x = 2^e m, sqrt(1/2) <= m < sqrt(2), for positive finite x, also if it may be subnormal.
template <class T, bool subnormal = true>
ATTUNE_INLINE void split_exponent(const Batch<T>& x, Batch<T>& e, Batch<T>& m) {
  using Word = typename Format<T>::Word;
  constexpr int mantissa = Format<T>::mantissa;
  constexpr Word root_half = sizeof(T) == 4 ? Word(0x3f3504f3) : Word(0x3fe6a09e667f3bcdull);
  constexpr Word one = Format<T>::bias << mantissa;
  const Batch<T> bias = T(Format<T>::bias);
  const auto small = x < Batch<T>(std::numeric_limits<T>::min());
  const Batch<T> normal =
      subnormal ? xsimd::select(small, x * Batch<T>(Format<T>::two_to_mantissa), x) : x;
  const Bits<T> moved = bits_of<T>(normal) + word<T>(one - root_half);
  m = from_bits<T>((moved & word<T>((Word(1) << mantissa) - 1)) + word<T>(root_half));
  // the biased exponent under the exponent of 2^mantissa is that integer as a number
  const Batch<T> two_to_mantissa(Format<T>::two_to_mantissa);
  const Batch<T> biased =
      from_bits<T>((moved >> mantissa) | bits_of<T>(two_to_mantissa)) - two_to_mantissa;
  e = biased -
      (subnormal ? xsimd::select(small, Batch<T>(T(Format<T>::bias + mantissa)), bias) : bias);
}

// f - log(1 + f), less `low`.
template <class T>
ATTUNE_INLINE Batch<T> log_tail(const Batch<T>& f, const Batch<T>& low) {
  const Batch<T> s = f / (f + Batch<T>(T(2))), z = s * s, half_square = Batch<T>(T(0.5)) * f * f;
  const Batch<T> r = z * polynomial<T>(z, log_series<T>.c);
  return half_square - fma<T>(s, half_square + r, low);
}

// log(2^e (1 + f) + a correction of first order in `extra`).
template <class T>
ATTUNE_INLINE Batch<T> log_parts(const Batch<T>& e, const Batch<T>& f, const Batch<T>& extra) {
  const Batch<T> low = fma<T>(e, Batch<T>(Range<T>::log2_low), extra);
  return fma<T>(e, Batch<T>(Range<T>::log2_high), f - log_tail<T>(f, low));
}

// The value where x is an ordinary argument; log's poles and NaN elsewhere, by the sign of u.
template <class T>
ATTUNE_INLINE Batch<T> log_edges(const Batch<T>& value, const Batch<T>& u) {
  const Batch<T> zero(T(0)), top(infinity<T>);
  const Batch<T> finite = xsimd::select(u == zero, Batch<T>(-infinity<T>), value);
  return xsimd::select(u < zero, Batch<T>(quiet_nan<T>),
                       xsimd::select((u < top) & (u >= zero), finite, u));
}

// A number as the sum of two: `high` short enough that its product with an exponent is exact.
template <class T>
struct InTwo {
  T high, low;
};

// The logarithm to a base: of 2 it is `of_two`, of e it is `of_e`.
template <class T>
ATTUNE_INLINE Batch<T> log_to_base(const Batch<T>& x, InTwo<T> of_two, InTwo<T> of_e) {
  Batch<T> e, m;
  split_exponent<T>(x, e, m);
  const Batch<T> f = m - Batch<T>(T(1)), factor(of_e.high), product = f * factor;
  const Batch<T> tail = log_tail<T>(f, Batch<T>(T(0)));
  const Batch<T> lost = fnma<T>(f, Batch<T>(of_e.low), less_product<T>(product, f, factor));
  const Batch<T> low = fnma<T>(tail, factor, fma<T>(e, Batch<T>(of_two.low), neg<T>(lost)));
  const Batch<T> value = fma<T>(e, Batch<T>(of_two.high), product + low);
  return log_edges<T>(value, x);
}

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> log(const Batch<T>& x) {
  Batch<T> e, m;
  split_exponent<T>(x, e, m);
  return log_edges<T>(log_parts<T>(e, m - Batch<T>(T(1)), Batch<T>(T(0))), x);
}

template <class T>
ATTUNE_INLINE Batch<T> log2(const Batch<T>& x) {
  constexpr InTwo<T> of_e = sizeof(T) == 4
                                ? InTwo<T>{T(0x1.715476p+0), T(0x1.4ae0bf85ddf44p-26)}
                                : InTwo<T>{T(0x1.71547652b82fep+0), T(0x1.777d0ffda0d24p-56)};
  return log_to_base<T>(x, {T(1), T(0)}, of_e);
}

template <class T>
ATTUNE_INLINE Batch<T> log10(const Batch<T>& x) {
  constexpr InTwo<T> of_two = sizeof(T) == 4
                                  ? InTwo<T>{T(0x1.344p-2), T(0x1.3509f79fef312p-18)}
                                  : InTwo<T>{T(0x1.34413509f8p-2), T(-0x1.80433b83b532ap-44)};
  constexpr InTwo<T> of_e = sizeof(T) == 4
                                ? InTwo<T>{T(0x1.bcb7b2p-2), T(-0x1.5b235e39ab2a9p-27)}
                                : InTwo<T>{T(0x1.bcb7b1526e50ep-2), T(0x1.95355baaafad3p-57)};
  return log_to_base<T>(x, of_two, of_e);
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

}  // namespace math
}  // namespace
}  // namespace attune::internal
