// fmt for the library's own sources: shapes and dtypes are formatted as they print.
#pragma once

#include <attune/dtype.hpp>
#include <attune/shape.hpp>
#include <fmt/format.h>
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
