// A C++ number among the arguments of an operation, as an attribute of its record.
#pragma once

#include <attune/dtype.hpp>
#include <attune/record.hpp>

namespace attune::internal {

inline Attribute attribute(const char* name, Number number) {
  if (number.is_floating()) return {name, number.floating()};
  return {name, number.integer()};
}

}  // namespace attune::internal
