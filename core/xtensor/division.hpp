// Division with a remainder and powers of two numbers, for integers and floating numbers alike.
#pragma once

#include <cmath>
#include <type_traits>

namespace attune::internal::general {

// a - n b with n the quotient rounded towards zero.
template <class T>
T remainder_of_truncation(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return std::fmod(a, b);
  else
    return b == -1 ? T(0) : a % b;  // the least integer over -1 overflows
}

// a - n b with n the quotient rounded down: it has the sign of b, also where it is 0.
template <class T>
T remainder_of_floor(T a, T b) {
  const T rest = remainder_of_truncation(a, b);
  if (rest != 0) return (rest < 0) != (b < 0) ? rest + b : rest;
  if constexpr (std::is_floating_point_v<T>)
    return std::copysign(rest, b);
  else
    return rest;
}

// The quotient rounded down. Of floating numbers it is exact where a / b rounds up to an integer.
template <class T>
T quotient_towards_floor(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (b == 0) return a / b;
    const T rest = remainder_of_truncation(a, b);
    T quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;  // rest + b would lose an infinite b
    return quotient == 0 ? std::copysign(T(0), a / b) : std::nearbyint(quotient);
  } else {
    if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
  }
}

// Integer powers wrap.
template <class T>
T power(T base, T exponent) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::pow(base, exponent);
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    Unsigned product = 1;
    Unsigned square = static_cast<Unsigned>(base);
    for (; exponent > 0; exponent /= 2, square *= square) {
      if (exponent % 2 == 1) product *= square;
    }
    return static_cast<T>(product);
  }
}

}  // namespace attune::internal::general
