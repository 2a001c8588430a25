// Angles and distances of doubles in batches: atan2 and atan, asin and acos, hypot.
#pragma once

#include "core/simd/math_bits.hpp"
#include "core/simd/math_coefficients.hpp"

namespace attune::internal {
namespace {

// octants pi / 4 + (t + bend), rounded once: for 0 to 4 octants, a t that is 0 or smaller than
// they are, and a small bend.
ATTUNE_INLINE Batch<double> octants_and(const Batch<double>& octants, const Batch<double>& t,
                                        const Batch<double>& bend) {
  // pi / 4 in two parts, the first of 50 digits: its multiples are exact
  const Batch<double> high(0x1.921fb54442d18p-1), low(0x1.1a62633145c07p-55);
  const Batch<double> from = octants * high, sum = from + t;
  return sum + (((from - sum) + t) + fma<double>(octants, low, bend));
}

// What asin and acos have in common, |x| <= 1: arcs of half a chord. Up to 1/2 the chord of asin(x)
// itself, beyond it that of what the angle is short of a right one, sqrt((1 - |x|) / 2), twice.
struct Arc {
  using D = Batch<double>;
  ATTUNE_INLINE explicit Arc(const D& x) : near(math::abs<double>(x) <= D(0.5)) {
    const D size = math::abs<double>(x), half(0.5);
    const D z = xsimd::select(near, size * size, half - half * size);
    const D chord = xsimd::select(near, size, xsimd::sqrt(z)),
            times = xsimd::select(near, D(1.0), D(2.0));
    t = times * chord;
    bend = t * z * polynomial<double>(z, Coefficients<double>::asin);
  }

  decltype(D() <= D()) near;
  D t, bend;  // the arc is t + bend
};

namespace of_double {

using D = Batch<double>;

// The angle of the point (x, y): of the smaller part over the larger one, less pi / 4 where they
// differ by less than a factor of two, when their difference is exact.
ATTUNE_INLINE D atan2(const D& y, const D& x) {
  const D zero(0.0), one(1.0), two(2.0), four(4.0), top(infinity<double>);
  const D up = math::abs<double>(y), along = math::abs<double>(x);
  D large = xsimd::max(up, along), small = xsimd::min(up, along);
  if (!xsimd::all((large > zero) & (large < D(0x1p1000)))) {
    const D scale = xsimd::select(large < D(0x1p1000), one, D(0x1p-10));  // sums do not overflow
    const auto infinite = large == top;
    small = xsimd::select(infinite, xsimd::select(small == top, one, zero), small * scale);
    large = xsimd::select(infinite | (large == zero), one, large * scale);
  }
  const auto diagonal = small + small > large, steep = up > along;
  const auto left = math::copy_sign<double>(one, x) < zero;
  const D t =
      xsimd::select(diagonal, small - large, small) / xsimd::select(diagonal, small + large, large);
  const D bend = t * (t * t) * polynomial<double>(t * t, Coefficients<double>::atan);
  D octants = xsimd::select(diagonal, one, zero);
  octants = xsimd::select(steep, two - octants, octants);
  octants = xsimd::select(left, four - octants, octants);
  const D turned = xsimd::select(steep, D(-0.0), zero) ^ math::sign_bit<double>(x);
  const D angle = octants_and(octants, t ^ turned, bend ^ turned);
  return xsimd::select(xsimd::isnan(x) | xsimd::isnan(y), x + y, math::copy_sign<double>(angle, y));
}
ATTUNE_INLINE D atan(const D& x) { return atan2(x, D(1.0)); }

ATTUNE_INLINE D asin(const D& x) {
  const Arc arc(x);
  const D turned = xsimd::select(arc.near, D(0.0), D(-0.0));
  const D octants = xsimd::select(arc.near, D(0.0), D(2.0));
  return math::copy_sign<double>(octants_and(octants, arc.t ^ turned, arc.bend ^ turned), x);
}
ATTUNE_INLINE D acos(const D& x) {
  const Arc arc(x);
  const D turned = math::sign_bit<double>(x) ^ xsimd::select(arc.near, D(-0.0), D(0.0));
  const D far = xsimd::select(x < D(0.0), D(4.0), D(0.0));
  const D octants = xsimd::select(arc.near, D(2.0), far);
  return octants_and(octants, arc.t ^ turned, arc.bend ^ turned);
}

// Squares of large and of small numbers are out of the range: both are scaled by a power of two.
ATTUNE_INLINE D hypot(const D& a, const D& b) {
  const D x = math::abs<double>(a), y = math::abs<double>(b), one(1.0), top(infinity<double>);
  const D large = xsimd::max(x, y), small = xsimd::min(x, y);
  const auto above = large > D(0x1p500), below = large < D(0x1p-450);
  const D by = xsimd::select(above, D(0x1p-600), xsimd::select(below, D(0x1p600), one));
  const D back = xsimd::select(above, D(0x1p600), xsimd::select(below, D(0x1p-600), one));
  const D p = by * large, q = by * small, length = back * xsimd::sqrt(fma<double>(p, p, q * q));
  const D value = xsimd::select(xsimd::isnan(a) | xsimd::isnan(b), a + b, length);
  return xsimd::select((x == top) | (y == top), top, value);
}

}  // namespace of_double
}  // namespace
}  // namespace attune::internal
