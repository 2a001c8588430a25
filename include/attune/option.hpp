// The options of a rule or an initializer: a struct's fields of these types, named by the field.
// They carry default, valid range, search range and meaning; the command line, the checks before
// training and the default search space come from them. No xsimd is included, yet an option meets
// a SIMD batch in arithmetic as a number of the batch's element type. Between numbers they behave
// as C++ has it: Int / Int and Int / 2 are divisions of integers.
//
// Layer: core.
//
//   Real lr{1e-3, log_range(1e-5, 1e-1), "step size"};
//   Int warmup{0, range(0, 1e5), "steps of warm-up"};
//   Bool nesterov{false, "look ahead by one step"};
//   Choice mode{{"fan_in", "fan_out"}, "what the variance is kept for"};   // the first is default
#pragma once

#include <array>
#include <attune/plugin_abi.h>
#include <attune/reflect.hpp>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace xsimd {
template <class T, class A>
class batch;
}

namespace attune {

// Where values are valid (an error beyond) and where a search looks (a hint).
struct Range {
  double low, high;
  std::uint32_t open, scale;
  double search_low, search_high;

  // The same search, valid in [low, high].
  constexpr Range valid(double valid_low, double valid_high) const {
    return {valid_low, valid_high, 0, scale, search_low, search_high};
  }
};

// Searched evenly in [low, high], which is also what is valid.
constexpr Range range(double low, double high) { return {low, high, 0, ATTUNE_LINEAR, low, high}; }

// Searched evenly in the logarithm, low > 0; valid from 0 on.
constexpr Range log_range(double low, double high) {
  if (!(0 < low && low < high)) throw "attune: log_range(low, high) takes 0 < low < high";
  return {0, std::numeric_limits<double>::infinity(), 0, ATTUNE_LOG, low, high};
}

// For rates of exponential decay: searched evenly in log(1 - x), high < 1; valid in [0, 1).
constexpr Range decay_range(double low, double high) {
  if (!(0 <= low && low < high && high < 1))
    throw "attune: decay_range(low, high) takes 0 <= low < high < 1";
  return {0, 1, ATTUNE_OPEN_HIGH, ATTUNE_LOG_1M, low, high};
}

namespace internal {

constexpr attune_option option_entry(std::uint32_t kind, const char* name, const char* doc,
                                     double initial, const Range& range) {
  return {sizeof(attune_option),
          kind,
          name,
          doc,
          initial,
          range.low,
          range.high,
          range.open,
          range.scale,
          range.search_low,
          range.search_high,
          0,
          nullptr};
}

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

template <class V>
class NumberOption {
 public:
  constexpr NumberOption(V value, Range range, const char* doc)
      : value_(value), range_(range), doc_(doc) {}

  // To exactly V: a plain conversion would let `first ? 0 : momentum` cut the momentum to an int.
  template <std::same_as<V> T>
  constexpr operator T() const {
    return value_;
  }
  template <class T, class A>
  operator xsimd::batch<T, A>() const {
    return xsimd::batch<T, A>(static_cast<T>(value_));
  }

  constexpr void set(double value) { value_ = static_cast<V>(value); }
  constexpr attune_option describe(const char* name) const {
    return option_entry(std::is_integral_v<V> ? ATTUNE_INT : ATTUNE_REAL, name, doc_,
                        static_cast<double>(value_), range_);
  }

  friend constexpr V operator-(const NumberOption& a) { return -a.value_; }
  template <Arithmetic T>
  friend constexpr auto operator+(const NumberOption& a, T b) {
    return a.value_ + b;
  }
  template <Arithmetic T>
  friend constexpr auto operator+(T a, const NumberOption& b) {
    return a + b.value_;
  }
  template <Arithmetic T>
  friend constexpr auto operator-(const NumberOption& a, T b) {
    return a.value_ - b;
  }
  template <Arithmetic T>
  friend constexpr auto operator-(T a, const NumberOption& b) {
    return a - b.value_;
  }
  template <Arithmetic T>
  friend constexpr auto operator*(const NumberOption& a, T b) {
    return a.value_ * b;
  }
  template <Arithmetic T>
  friend constexpr auto operator*(T a, const NumberOption& b) {
    return a * b.value_;
  }
  template <Arithmetic T>
  friend constexpr auto operator/(const NumberOption& a, T b) {
    return a.value_ / b;
  }
  template <Arithmetic T>
  friend constexpr auto operator/(T a, const NumberOption& b) {
    return a / b.value_;
  }
  template <Arithmetic T>
  friend constexpr bool operator==(const NumberOption& a, T b) {
    return a.value_ == static_cast<V>(b);
  }
  template <Arithmetic T>
  friend constexpr auto operator<=>(const NumberOption& a, T b) {
    return a.value_ <=> static_cast<V>(b);
  }

 private:
  V value_;
  Range range_;
  const char* doc_;
};

// Two options, also of different kinds.
template <class V, class W>
constexpr auto operator+(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a + static_cast<W>(b);
}
template <class V, class W>
constexpr auto operator-(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a - static_cast<W>(b);
}
template <class V, class W>
constexpr auto operator*(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a * static_cast<W>(b);
}
template <class V, class W>
constexpr auto operator/(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a / static_cast<W>(b);
}
template <class V, class W>
constexpr bool operator==(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a == static_cast<W>(b);
}
template <class V, class W>
constexpr auto operator<=>(const NumberOption<V>& a, const NumberOption<W>& b) {
  return a <=> static_cast<W>(b);
}

}  // namespace internal

using Real = internal::NumberOption<double>;
using Int = internal::NumberOption<std::int64_t>;

class Bool {
 public:
  constexpr Bool(bool value, const char* doc) : value_(value), doc_(doc) {}

  constexpr operator bool() const { return value_; }

  constexpr void set(double value) { value_ = value != 0; }
  constexpr attune_option describe(const char* name) const {
    return internal::option_entry(ATTUNE_BOOL, name, doc_, value_ ? 1.0 : 0.0, range(0, 1));
  }

 private:
  bool value_;
  const char* doc_;
};

// One of at most 8 names; the first is the default.
class Choice {
 public:
  template <std::size_t N>
  constexpr Choice(const char* const (&names)[N], const char* doc) : count_(N), doc_(doc) {
    static_assert(N <= 8, "attune: a Choice has at most 8 names");
    for (std::size_t i = 0; i < N; ++i) names_[i] = names[i];
  }

  constexpr std::string_view name() const { return names_[index_]; }
  constexpr bool operator==(std::string_view name) const { return this->name() == name; }

  constexpr void set(double value) { index_ = static_cast<std::uint32_t>(value); }
  constexpr attune_option describe(const char* name) const {
    attune_option entry = internal::option_entry(
        ATTUNE_CHOICE, name, doc_, static_cast<double>(index_), range(0, count_ - 1.0));
    entry.n_choices = count_;
    entry.choices = names_.data();
    return entry;
  }

 private:
  std::array<const char*, 8> names_{};
  std::uint32_t count_, index_ = 0;
  const char* doc_;
};

#pragma GCC visibility push(hidden)
namespace internal {

template <class T>
concept Option = requires(T option, const T& fixed, const char* name) {
  option.set(0.0);
  { fixed.describe(name) } -> std::same_as<attune_option>;
};

// A field's name closed by zero, as C wants it.
template <class T, std::size_t I>
struct Name {
  static constexpr auto make() {
    constexpr std::string_view name = reflect::names<T>()[I];
    std::array<char, name.size() + 1> result{};
    for (std::size_t i = 0; i < name.size(); ++i) result[i] = name[i];
    return result;
  }
  static constexpr auto text = make();
};

// Where the entries of a static table stand.
template <class T, std::size_t N>
constexpr std::array<const T*, N> pointers_to(const std::array<T, N>& table) {
  std::array<const T*, N> result{};
  for (std::size_t i = 0; i < N; ++i) result[i] = &table[i];
  return result;
}

// The fields of a struct as a constant table of options.
template <class T>
struct Options {
  static constexpr T defaults{};
  static constexpr std::size_t count = reflect::count<T>();

  template <std::size_t... I>
  static constexpr auto describe(std::index_sequence<I...>) {
    static_assert(
        (Option<std::remove_cvref_t<decltype(reflect::field<I>(defaults))>> && ...),
        "attune: every field of a rule or initializer is an option (Real, Int, Bool or Choice);"
        " make a constant `static constexpr`");
    return std::array<attune_option, count>{
        reflect::field<I>(defaults).describe(Name<T, I>::text.data())...};
  }
  static constexpr auto table = describe(std::make_index_sequence<count>{});

  static constexpr auto pointers = pointers_to(table);

  // A T with these values, in the table's order.
  static T with(const double* values) {
    T object{};
    reflect::for_each(object, [&](std::string_view, auto& option) { option.set(*values++); });
    return object;
  }

  static constexpr std::uint32_t index(std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
      if (table[i].name == name) return static_cast<std::uint32_t>(i);
    }
    throw "attune: no such option";  // reached at compile time only
  }
};

}  // namespace internal
#pragma GCC visibility pop

}  // namespace attune
