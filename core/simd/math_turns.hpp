// The reduction of large doubles by pi / 2, one at a time (Payne and Hanek): glibc 2.36's own sine
// is off by up to 8 units of the last place next to multiples of pi / 2.
#pragma once

#include <cstdint>

#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

__extension__ typedef unsigned __int128 Wide128;
__extension__ typedef __int128 SignedWide128;

// The bits of 2 / pi behind the point.
inline constexpr std::uint64_t two_over_pi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

// 64 of these bits from number `first` on; zeros in front of the point.
ATTUNE_INLINE std::uint64_t bits_of_two_over_pi(int first) {
  if (first <= -64) return 0;
  if (first < 0) return two_over_pi[0] >> -first;
  const int word = first / 64, bit = first % 64;
  return bit == 0 ? two_over_pi[word]
                  : two_over_pi[word] << bit | two_over_pi[word + 1] >> (64 - bit);
}

// x = (4 n + quarter) pi / 2 + r, |r| <= pi / 4, for finite |x| >= 2^20. In long double, so that
// nothing shows of what is lost here.
struct Turns {
  long double r;
  unsigned quarter;

  explicit Turns(double x) {
    const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
    constexpr std::uint64_t hidden = std::uint64_t(1) << 52;
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1075;  // x = m 2^exponent
    const std::uint64_t m = (bits & (hidden - 1)) | hidden;
    // m 2^exponent / 4 times 2 / pi, without whole numbers, to 192 bits: sums wrap
    const int first = exponent - 2;
    const Wide128 lowest = Wide128{bits_of_two_over_pi(first + 128)} * m;
    const Wide128 middle =
        Wide128{bits_of_two_over_pi(first + 64)} * m + static_cast<std::uint64_t>(lowest >> 64);
    const std::uint64_t high =
        bits_of_two_over_pi(first) * m + static_cast<std::uint64_t>(middle >> 64);
    const std::uint64_t nearest = (high + (std::uint64_t(1) << 61)) >> 62;
    const auto rest = static_cast<SignedWide128>(Wide128{high - (nearest << 62)} << 64 |
                                                 static_cast<std::uint64_t>(middle));
    r = static_cast<long double>(rest) * 1.57079632679489661923132169163975144L * 0x1p-126L;
    quarter = static_cast<unsigned>(nearest & 3);
    if (x < 0) {
      r = -r;
      quarter = (4 - quarter) & 3;
    }
  }
};

// sin(x + quarter pi / 2) and tan(x) of |x| >= 2^20; NaN of infinities and NaN.
inline double sine_of_large(double x, unsigned quarter) {
  if (!(__builtin_fabs(x) < __builtin_inf())) return x - x;
  const Turns turns(x);
  const unsigned q = turns.quarter + quarter;
  const long double r = turns.r, value = q % 2 == 0 ? __builtin_sinl(r) : __builtin_cosl(r);
  return static_cast<double>(q / 2 % 2 == 0 ? value : -value);
}
inline double tan_of_large(double x) {
  if (!(__builtin_fabs(x) < __builtin_inf())) return x - x;
  const Turns turns(x);
  const long double value = __builtin_tanl(turns.r);
  return static_cast<double>(turns.quarter % 2 == 0 ? value : -1 / value);
}

}  // namespace
}  // namespace attune::internal
