// The one way to report a broken rule: fail(kind, operation, format, values...). Every file
// includes this, so it stays free of fmt: values are carried as they are and put into words in
// fail.cpp.
#pragma once

#include <attune/dtype.hpp>
#include <attune/error.hpp>
#include <attune/shape.hpp>
#include <concepts>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace attune::internal {

// One value of a message, held as it came: it lives no longer than the call of fail().
class FailValue {
 public:
  enum class Kind : std::uint8_t { integer, natural, real, character, text, shape };

  template <std::signed_integral T>
  FailValue(T value) : kind_(Kind::integer), integer_(value) {}
  template <std::unsigned_integral T>
  FailValue(T value) : kind_(Kind::natural), natural_(value) {}
  FailValue(bool value) : FailValue(std::string_view(value ? "true" : "false")) {}
  FailValue(char value) : kind_(Kind::character), integer_(value) {}
  FailValue(double value) : kind_(Kind::real), real_(value) {}
  FailValue(std::string_view value) : kind_(Kind::text), text_(value) {}
  FailValue(const std::string& value) : FailValue(std::string_view(value)) {}
  FailValue(const char* value) : FailValue(std::string_view(value)) {}
  FailValue(DType value) : FailValue(name(value)) {}
  FailValue(const Shape& value) : kind_(Kind::shape), shape_(&value) {}

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  std::uint64_t natural() const { return natural_; }
  double real() const { return real_; }
  std::string_view text() const { return text_; }
  const Shape& shape() const { return *shape_; }

 private:
  Kind kind_;
  union {
    std::int64_t integer_;
    std::uint64_t natural_;
    double real_;
    std::string_view text_;
    const Shape* shape_;
  };
};

// A format of fmt's grammar that has as many replacement fields as there are values, checked when
// compiled.
template <std::size_t count>
class FailFormat {
 public:
  template <std::size_t size>
  consteval FailFormat(const char (&text)[size]) : text_(text, size - 1) {
    std::size_t fields = 0;
    for (std::size_t i = 0; i + 1 < size; ++i) {
      if (text[i] != '{') continue;
      if (text[i + 1] == '{') {
        ++i;
      } else {
        ++fields;
      }
    }
    if (fields != count) throw "the format has not as many fields as there are values";
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

[[noreturn]] void fail_text(ErrorKind kind, std::string_view operation, std::string_view format,
                            std::span<const FailValue> values);

// Throws Error(kind, "operation: text").
template <class... Values>
[[noreturn]] void fail(ErrorKind kind, std::string_view operation,
                       std::type_identity_t<FailFormat<sizeof...(Values)>> format,
                       const Values&... values) {
  if constexpr (sizeof...(Values) == 0) {
    fail_text(kind, operation, format.text(), {});
  } else {
    const FailValue list[] = {FailValue(values)...};
    fail_text(kind, operation, format.text(), list);
  }
}

// Room for `count` entries in a vector of as many as a caller asks for; Error (memory).
template <class Vector>
void make_room(const char* operation, Vector& vector, std::int64_t count) {
  try {
    vector.reserve(static_cast<std::size_t>(count));
  } catch (const std::exception&) {  // bad_alloc or length_error
    fail(ErrorKind::memory, operation, "no memory for {} entries: check the sizes", count);
  }
}

}  // namespace attune::internal
