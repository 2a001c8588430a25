// Truth and bits.
#include "attune/ops/logical.hpp"

#include "attune/record.hpp"
#include "autograd/operand.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

namespace general = internal::general;
using internal::Whole;
using internal::WholeUnary;

namespace {

Tensor truth(const char* operation, internal::GeneralBinary function, Whole kernel,
             const Operand& left, const Operand& right) {
  const auto truth_of_number = [](DType, Number) { return boolean; };
  const auto [a, b] = internal::pair(operation, left, right, truth_of_number);
  return record(operation, internal::zip(operation, function, kernel, a, b, boolean), constant(a),
                constant(b));
}

DType whole(const char* operation, DType dtype) {
  if (is_floating(dtype)) {
    internal::fail(ErrorKind::dtype, operation,
                   "an operand is {}: bits are of integers and bools; convert with to(i64), or use "
                   "the logical operation",
                   dtype);
  }
  return dtype;
}

Tensor bits(const char* operation, internal::GeneralBinary of_integers,
            internal::GeneralBinary of_bools, Whole kernel, const Operand& left,
            const Operand& right) {
  const auto [a, b] = internal::pair(operation, left, right);
  const DType dtype = promote(whole(operation, a.dtype()), whole(operation, b.dtype()));
  return record(
      operation,
      internal::zip(operation, dtype == boolean ? of_bools : of_integers, kernel, a, b, dtype),
      constant(a), constant(b));
}

}  // namespace

Tensor logical_and(const Operand& a, const Operand& b) {
  return truth("logical_and", general::logical_and, Whole::bitwise_and, a, b);
}
Tensor logical_or(const Operand& a, const Operand& b) {
  return truth("logical_or", general::logical_or, Whole::bitwise_or, a, b);
}
Tensor logical_xor(const Operand& a, const Operand& b) {
  return truth("logical_xor", general::logical_xor, Whole::bitwise_xor, a, b);
}
Tensor logical_not(const Tensor& x) {
  return record(
      "logical_not",
      internal::map("logical_not", general::logical_not, WholeUnary::bitwise_not, x, boolean),
      constant(x));
}

Tensor bitwise_and(const Operand& a, const Operand& b) {
  return bits("bitwise_and", general::bitwise_and, general::logical_and, Whole::bitwise_and, a, b);
}
Tensor bitwise_or(const Operand& a, const Operand& b) {
  return bits("bitwise_or", general::bitwise_or, general::logical_or, Whole::bitwise_or, a, b);
}
Tensor bitwise_xor(const Operand& a, const Operand& b) {
  return bits("bitwise_xor", general::bitwise_xor, general::logical_xor, Whole::bitwise_xor, a, b);
}
Tensor bitwise_not(const Tensor& x) {
  const DType dtype = whole("bitwise_not", internal::operand("bitwise_not", x).dtype);
  return record(
      "bitwise_not",
      internal::map("bitwise_not", dtype == boolean ? general::logical_not : general::bitwise_not,
                    WholeUnary::bitwise_not, x, dtype),
      constant(x));
}

}  // namespace attune
