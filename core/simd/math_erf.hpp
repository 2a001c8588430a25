// The error function and the normal distribution of batches.
#pragma once

#include "core/simd/math_exp.hpp"

namespace attune::internal {
namespace {

// Of the standard normal distribution: what lies beyond x is Q(x) e^(-x^2 / 2), here for x from 0
// to tail_end, beyond which it is 0. Q(x) = (1 + x q) / (2 + x p + sqrt(2 pi) x (1 + x q)), p and q
// polynomials of positive coefficients: where they are coarse, at large x, they hardly count.
template <class T>
struct NormalTail {
  using C = Coefficients<T>;
  ATTUNE_INLINE explicit NormalTail(const Batch<T>& x_)
      : x(x_),
        square(x * x),
        p(polynomial<T>(x, C::tail_p)),
        q(polynomial<T>(x, C::tail_q)),
        numerator(fma<T>(square, q, x)),
        product(rate() * numerator),
        rest(fma<T>(x, p, product)),
        divisor(Divisor<T>::sum_of(Batch<T>(T(2)), rest)) {
    // what the product and its sum with the smaller x p have lost
    const Batch<T> lost = fma<T>(x, p, product - rest);
    divisor.lost += lost - less_product<T>(product, rate(), numerator);
    // without fma x p was rounded for itself
    if constexpr (!fused) divisor.lost -= less_product<T>(x * p, x, p);
  }
  static ATTUNE_INLINE Batch<T> rate() { return Batch<T>(C::tail_rate); }

  // factor / divisor e^(-x^2 / 2), rounded once: of the square, too, the lost digits are used, as
  // the exponential multiplies its error by itself.
  ATTUNE_INLINE Batch<T> times(const Batch<T>& factor, const Batch<T>& lost) const {
    const Batch<T> half(T(0.5)), ratio = factor * divisor.inverse;
    const PreciseExp<T> bell(neg<T>(half) * square, half * less_product<T>(square, x, x));
    return bell.times(ratio, (divisor.rest(factor, ratio) + lost) * divisor.inverse);
  }
  ATTUNE_INLINE Batch<T> times(const Batch<T>& factor) const {
    return times(factor, Batch<T>(T(0)));
  }
  // x times what the normal distribution has beyond x. Without fma the numerator has lost digits
  // that count, here and in the divisor.
  ATTUNE_INLINE Batch<T> times_x() const {
    if constexpr (fused) return times(numerator);
    const Batch<T> bend = square * q;
    const Batch<T> lost = (xsimd::min(x, bend) - (numerator - xsimd::max(x, bend))) -
                          less_product<T>(bend, square, q);
    return times(numerator, lost - product * divisor.inverse * lost);
  }

  Batch<T> x, square, p, q, numerator, product, rest;  // numerator: of x Q(x)
  Divisor<T> divisor;
};

namespace math {

// Near 0 a polynomial, elsewhere 1 - erfc(x).
template <class T>
ATTUNE_INLINE Batch<T> erf(const Batch<T>& x) {
  const Batch<T> size = math::abs<T>(x);
  if constexpr (has_pieces<T>) {
    return piece<ErfPieces, T>(at_most<T>(size, ErfPieces::end)) | sign_bit<T>(x);
  } else {
    const Batch<T> one(T(1)), z = x * x;
    const Batch<T> small = fma<T>(x, polynomial<T>(z, Coefficients<T>::erf), x);
    const Batch<T> near = at_most<T>(size, T(6));  // from there on it is 1
    const Batch<T> bell = math::exp<T>(neg<T>(near * near));
    const NormalTail<T> tail(near * Batch<T>(T(1.41421356237309504880168872421)));
    const Batch<T> beyond = fma<T>(tail.x, tail.q, one) * tail.divisor.inverse;
    const Batch<T> large = fnma<T>(beyond + beyond, bell, one);
    return xsimd::select(size < one, small, large) | sign_bit<T>(x);
  }
}

}  // namespace math
}  // namespace
}  // namespace attune::internal
