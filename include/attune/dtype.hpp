// Element types, how they combine, and numbers that adapt to a tensor's type.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <type_traits>

namespace attune {

enum class DType : std::uint8_t { f32, f64, i64, i32, u8, boolean };

inline constexpr DType f32 = DType::f32;          // float
inline constexpr DType f64 = DType::f64;          // double
inline constexpr DType i64 = DType::i64;          // std::int64_t: indices and class labels
inline constexpr DType i32 = DType::i32;          // std::int32_t
inline constexpr DType u8 = DType::u8;            // std::uint8_t: images; arithmetic wraps
inline constexpr DType boolean = DType::boolean;  // bool, one byte: 0 or 1
inline constexpr int dtype_count = 6;

// "f32", "f64", "i64", "i32", "u8", "bool": static storage.
ATTUNE_API const char* name(DType dtype) noexcept;
ATTUNE_API std::ostream& operator<<(std::ostream& out, DType dtype);

// Bytes of one element.
constexpr std::size_t size_of(DType dtype) noexcept {
  constexpr std::size_t bytes[dtype_count] = {4, 8, 8, 4, 1, 1};
  return bytes[static_cast<int>(dtype)];
}

constexpr bool is_floating(DType dtype) noexcept { return dtype == f32 || dtype == f64; }

// The element type of the result of an arithmetic operation on tensors of two element types.
//
//          f32  f64  i64  i32  u8   bool
//   f32    f32  f64  f32  f32  f32  f32      an integer takes the floating type of the other,
//   f64    f64  f64  f64  f64  f64  f64      bool gives way to all,
//   i64    f32  f64  i64  i64  i64  i64      of two integers the wider one stays.
//   i32    f32  f64  i64  i32  i32  i32
//   u8     f32  f64  i64  i32  u8   u8
//   bool   f32  f64  i64  i32  u8   bool
constexpr DType promote(DType a, DType b) noexcept {
  if (a == f64 || b == f64) return f64;
  return a < b ? a : b;  // the enumeration is in order of precedence, but for f64 before f32
}

// The element type of `/`, mean and of the functions that leave the integers (exp, sqrt, ...).
constexpr DType floating(DType dtype) noexcept { return is_floating(dtype) ? dtype : f32; }

// The element type of sum and prod: bool, u8 and i32 are summed in i64.
constexpr DType accumulator(DType dtype) noexcept { return is_floating(dtype) ? dtype : i64; }

// float -> f32, double -> f64, std::int64_t -> i64, std::int32_t -> i32, std::uint8_t -> u8,
// bool -> boolean. Other types have no element type: the program does not compile.
template <class T>
constexpr DType dtype_of() noexcept {
  if constexpr (std::is_same_v<T, float>)
    return f32;
  else if constexpr (std::is_same_v<T, double>)
    return f64;
  else if constexpr (std::is_same_v<T, bool>)
    return boolean;
  else if constexpr (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) == 8)
    return i64;
  else if constexpr (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) == 4)
    return i32;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return u8;
  else
    static_assert(sizeof(T) == 0, "attune has no element type for this C++ type");
}

// A C++ number beside a tensor. It is weak: `x * 2.0` keeps x's f32, `count + 1` keeps i32.
// Only a kind that the tensor lacks changes the result: a floating number makes an integer or bool
// tensor f32, an integer makes a bool tensor i64.
//
// A number that becomes an element of an integer type must lie within it, its fraction cut off:
// Error (value) naming both otherwise, also for NaN; `u8_tensor + 300` is refused. (Elements
// are converted without a question: integers wrap, as in the sum of two u8 tensors and in to(u8);
// of floating elements to(u8) takes the nearest number that u8 holds, and 0 of NaN.) An element of
// bool is whether the number differs from 0.
class Number {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Number(T value) noexcept  // NOLINT: numbers convert, that is their purpose
      : kind_(std::is_same_v<T, bool>       ? Kind::flag
              : std::is_floating_point_v<T> ? Kind::real
                                            : Kind::integer),
        floating_(static_cast<double>(value)),
        integer_(kind_ == Kind::real ? 0 : static_cast<std::int64_t>(value)) {}

  constexpr bool is_floating() const noexcept { return kind_ == Kind::real; }
  constexpr double floating() const noexcept { return floating_; }
  // The value as an integer; a floating value is truncated towards zero, beyond i64 it saturates.
  constexpr std::int64_t integer() const noexcept {
    if (kind_ != Kind::real) return integer_;
    if (!(floating_ > -9223372036854775808.0)) return floating_ == floating_ ? INT64_MIN : 0;
    return floating_ < 9223372036854775808.0 ? static_cast<std::int64_t>(floating_) : INT64_MAX;
  }
  // Whether the element type of T can hold it, by the rule above.
  template <class T>
  constexpr bool fits() const noexcept {
    if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool>) {
      return true;
    } else {
      const bool within_i64 =
          kind_ == Kind::real ? floating_ >= -0x1p63 && floating_ < 0x1p63 : !beyond_i64();
      return within_i64 && static_cast<std::int64_t>(static_cast<T>(integer())) == integer() &&
             (std::is_signed_v<T> || integer() >= 0);
    }
  }
  // An unsigned number above the largest i64, which integer() wraps.
  constexpr bool beyond_i64() const noexcept {
    return kind_ == Kind::integer && integer_ < 0 && floating_ > 0;
  }
  // Converted without a question: a number that does not fit saturates at i64 or wraps.
  template <class T>
  constexpr T as() const noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(floating_);
    } else if constexpr (std::is_same_v<T, bool>) {
      return kind_ == Kind::real ? floating_ != 0 : integer_ != 0;
    } else {
      return static_cast<T>(integer());
    }
  }
  // The element type that a tensor made from this number alone has: f32, i64 or bool.
  constexpr DType dtype() const noexcept {
    return kind_ == Kind::real ? f32 : kind_ == Kind::integer ? i64 : boolean;
  }

 private:
  enum class Kind : std::uint8_t { flag, integer, real };
  Kind kind_;
  double floating_;
  std::int64_t integer_;
};

// The element type of an operation on a tensor and a number.
constexpr DType promote(DType tensor, Number number) noexcept {
  if (number.is_floating()) return floating(tensor);
  return tensor == boolean && number.dtype() == i64 ? i64 : tensor;
}

}  // namespace attune
