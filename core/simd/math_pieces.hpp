// Functions of f32 by pieces, where the instruction set looks up 32 numbers lane by lane: a
// polynomial of degree 5 or 6 for each piece, with coefficients of its own, takes a third of the
// time of exponentials and quotients and rounds less often.
#pragma once

#include <type_traits>

#include "core/simd/math_bits.hpp"
#include "core/simd/math_piece_coefficients.hpp"

namespace attune::internal {
namespace {

#if defined(__AVX512BW__)
template <class T>
inline constexpr bool has_pieces = sizeof(T) == 4;

// The function of the table at 0 <= x <= Pieces::end: the value at a point nearby and a polynomial
// of the distance from it. The sum x * rate + 1.5 * 2^23 has the number of the piece in its lowest
// bits, the only ones that the look-up heeds.
template <class Pieces, class T>
ATTUNE_INLINE Batch<T> piece(const Batch<T>& x) {
  constexpr int rows = static_cast<int>(std::extent_v<decltype(Pieces::table)>);
  const Batch<T> numbered = fma<T>(x, Batch<T>(Pieces::rate), Batch<T>(T(0x1.8p23)));
  const __m512i number = __builtin_bit_cast(__m512i, numbered);
  const auto coefficient = [&](int row) -> Batch<T> {
    const T* const from = Pieces::table[row];
    return _mm512_permutex2var_ps(_mm512_load_ps(from), number, _mm512_load_ps(from + lanes<T>));
  };
  const Batch<T> distance = x - coefficient(0);
  Batch<T> slope = coefficient(rows - 1), value = coefficient(1);
#pragma GCC unroll 8
  for (int row = rows - 2; row > 1; --row) slope = fma<T>(slope, distance, coefficient(row));
  if constexpr (Pieces::slope_lost != 0) value = fma<T>(x, Batch<T>(Pieces::slope_lost), value);
  return fma<T>(slope, distance, value);
}
#else
template <class T>
inline constexpr bool has_pieces = false;

template <class Pieces, class T>
Batch<T> piece(const Batch<T>& x);
#endif

// Seldom needed and long: as a call it leaves the registers to the tables.
template <class T, class F>
__attribute__((noinline, cold)) Batch<T> called(F f, Batch<T> x) {
  return f(x);
}

// of_piece(the function of the table at |x|) for the lanes that it has pieces for, far(x) for
// others.
template <class Pieces, class T, class OfPiece, class Far>
ATTUNE_INLINE Batch<T> piece_or(const Batch<T>& x, OfPiece of_piece, Far far) {
  const Batch<T> size = math::abs<T>(x), near = of_piece(piece<Pieces, T>(size));
  const auto inside = size <= Batch<T>(T(Pieces::end));
  if (xsimd::all(inside)) [[likely]]
    return near;
  return xsimd::select(inside, near, called<T>(far, x));
}

// For f(x) - f(-x) = x: f(x) = max(x, 0) - t(|x|), t(x) = -f(-x).
template <class Pieces, class T, class Far>
ATTUNE_INLINE Batch<T> beside_relu(const Batch<T>& x, Far far) {
  const auto of_piece = [&](const Batch<T>& t) {
    return (at_least<T>(x, T(0)) - t) | math::sign_bit<T>(x);  // also where t vanishes
  };
  return piece_or<Pieces, T>(x, of_piece, far);
}

// For f(x) + f(-x) = 1, as the slopes of those: t(x) = f(-x).
template <class Pieces, class T, class Far>
ATTUNE_INLINE Batch<T> beside_half(const Batch<T>& x, Far far) {
  const auto of_piece = [&](const Batch<T>& t) {
    return xsimd::select(x > Batch<T>(T(0)), Batch<T>(T(1)) - t, t);
  };
  return piece_or<Pieces, T>(x, of_piece, far);
}

}  // namespace
}  // namespace attune::internal
