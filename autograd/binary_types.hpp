// The type that an operation on two operands computes in; checks both.
#pragma once

#include <attune/dtype.hpp>

#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::internal {

inline DType no_bool(const char* operation, DType dtype) {
  if (dtype == boolean) {
    fail(ErrorKind::dtype, operation,
         "both operands are bool: use logical_and, logical_or or logical_xor, or convert with "
         "to(i64)");
  }
  return dtype;
}

inline DType common_type(const char* operation, const Tensor& a, const Tensor& b) {
  return no_bool(operation, promote(operand(operation, a).dtype, operand(operation, b).dtype));
}
inline DType common_type(const char* operation, const Tensor& a, Number b) {
  const DType dtype = no_bool(operation, promote(operand(operation, a).dtype, b));
  if (!is_floating(dtype)) check_fits(operation, b, dtype);
  return dtype;
}

// For operations that leave the integers.
inline DType common_floating_type(const char* operation, const Tensor& a, const Tensor& b) {
  return floating(promote(operand(operation, a).dtype, operand(operation, b).dtype));
}
inline DType common_floating_type(const char* operation, const Tensor& a, Number b) {
  return floating(promote(operand(operation, a).dtype, b));
}

}  // namespace attune::internal
