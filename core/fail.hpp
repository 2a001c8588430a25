// The one way to report a broken rule: fail(kind, operation, format, values...).
#pragma once

#include <attune/dtype.hpp>
#include <attune/error.hpp>
#include <attune/shape.hpp>
#include <fmt/format.h>
#include <string>
#include <string_view>

template <>
struct fmt::formatter<attune::Shape> : fmt::formatter<std::string_view> {
  auto format(const attune::Shape& shape, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(attune::to_string(shape), context);
  }
};

template <>
struct fmt::formatter<attune::DType> : fmt::formatter<std::string_view> {
  auto format(attune::DType dtype, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(attune::name(dtype), context);
  }
};

namespace attune::internal {

[[noreturn]] void fail_text(ErrorKind kind, std::string_view operation, fmt::string_view format,
                            fmt::format_args values);

// Throws Error(kind, "operation: text").
template <class... Values>
[[noreturn]] void fail(ErrorKind kind, std::string_view operation,
                       fmt::format_string<Values...> format, Values&&... values) {
  fail_text(kind, operation, format, fmt::make_format_args(values...));
}

}  // namespace attune::internal
