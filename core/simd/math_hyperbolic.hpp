// Hyperbolic functions of doubles in batches, and their inverses: sums of exponentials and
// logarithms of sums.
#pragma once

#include "core/simd/math_log.hpp"

namespace attune::internal {
namespace {

// 1/first!, 1/(first + 2)!, ...: Taylor over |r| <= log(2) / 2, to 2^-61.
template <int first>
struct HyperbolicSeries {
  static constexpr int count = first == 3 ? 6 : 7;
  double c[count];
  constexpr HyperbolicSeries() : c{} {
    double term = 1;
    for (int i = 0, power = first; i < count; ++i, power += 2) c[i] = term /= power * (power - 1);
  }
};
template <int first>
inline constexpr HyperbolicSeries<first> hyperbolic_series;

// For |x| = k log 2 + r, with c = cosh(k log 2) and s = sinh(k log 2), which are sums of powers of
// two: sinh|x| = s cosh(r) + c sinh(r), cosh(x) = c cosh(r) + s sinh(r). No quotient, and no
// difference of exponentials.
struct Hyperbolic {
  using D = Batch<double>;
  ATTUNE_INLINE explicit Hyperbolic(const D& x) {
    const D size = at_most<double>(math::abs<double>(x), 710.5);  // from there on it overflows
    const Reduced<double> e(size);
    const D correction = e.correction(D(0.0)), two(2.0);
    r = e.high + correction;
    const D lost = (e.high - r) + correction, z = r * r;
    const D up = power_of_two<double>(e.k - two);
    const D down = power_of_two<double>(at_least<double>(math::neg<double>(e.k + two), -1000));
    half_c = up + down;
    half_s = up - down;
    odd = fma<double>(r * z, polynomial<double>(z, hyperbolic_series<3>.c), lost);
    even = z * polynomial<double>(z, hyperbolic_series<2>.c);
  }
  // 2 (a cosh(r) + b sinh(r)); the doubling is what may overflow.
  ATTUNE_INLINE D twice(const D& a, const D& b) const {
    const D sum = fma<double>(b, r, a), lost = fma<double>(b, r, a - sum);
    const D value = sum + fma<double>(a, even, fma<double>(b, odd, lost));
    return value + value;
  }

  D half_c, half_s, r, odd, even;  // cosh(r) = 1 + even, sinh(r) = r + odd
};

// A number as the nearest one and what that is short of.
struct WithRest {
  Batch<double> value, rest;
};

// log(1 + t), rounded once; where x is above 2^28, log(2 x), for functions that are so there.
ATTUNE_INLINE Batch<double> log_of_one_plus(const WithRest& t, const Batch<double>& x) {
  using D = Batch<double>;
  const D one(1.0), zero(0.0), sum = one + t.value;
  const D lost = xsimd::select(t.value > one, one - (sum - t.value), t.value - (sum - one));
  const auto large = x > D(0x1p28);
  const D u = xsimd::select(large, x, sum), rest = xsimd::select(large, zero, lost + t.rest);
  D e, m;
  split_exponent<double, false>(u, e, m);
  e = e + xsimd::select(large, one, zero);
  return log_edges<double>(log_parts<double>(e, m - one, rest / u), u);
}

namespace of_double {

using D = Batch<double>;

ATTUNE_INLINE D sinh(const D& x) {
  const Hyperbolic parts(x);
  const D value = math::copy_sign<double>(parts.twice(parts.half_s, parts.half_c), x);
  return xsimd::select(math::abs<double>(x) < D(0x1p-30), x, value);
}
ATTUNE_INLINE D cosh(const D& x) {
  const Hyperbolic parts(x);
  return parts.twice(parts.half_c, parts.half_s);
}

// e^asinh(x) - 1 = x + x^2 / (1 + sqrt(1 + x^2)), for x >= 0.
ATTUNE_INLINE D asinh(const D& x) {
  const D one(1.0), size = math::abs<double>(x), near = at_most<double>(size, 0x1p28);
  const D square = near * near, bend = square / (one + xsimd::sqrt(one + square));
  const D t = near + bend;
  return math::copy_sign<double>(log_of_one_plus({t, (near - t) + bend}, size), x);
}

// e^acosh(x) - 1 = d + sqrt(d (d + 2)), d = x - 1. Near 0 the root is all there is, and the rest of
// it counts.
ATTUNE_INLINE D acosh(const D& x) {
  const D one(1.0), d = at_most<double>(x, 0x1p28) - one, above = d + D(2.0), square = d * above;
  const D root = xsimd::sqrt(square);
  const D rest = less_product<double>(square, root, root) - less_product<double>(square, d, above);
  const D root_lost = rest / at_least<double>(root + root, 0x1p-100), t = root + d;
  const D value = log_of_one_plus({t, ((root - t) + d) + root_lost}, x);
  return xsimd::select(x < one, D(quiet_nan<double>), value);
}

// e^(2 atanh(x)) - 1 = 2 x / (1 - x), for x >= 0.
ATTUNE_INLINE D atanh(const D& x) {
  const D one(1.0), size = math::abs<double>(x), twice = size + size, sum = one - size;
  const Divisor<double> divisor(sum, (one - sum) - size);
  const D ratio = twice * divisor.inverse, rest = divisor.rest(twice, ratio) * divisor.inverse;
  const D value = log_of_one_plus({ratio, rest}, D(0.0));
  return math::copy_sign<double>(D(0.5) * value, x);
}

}  // namespace of_double
}  // namespace
}  // namespace attune::internal
