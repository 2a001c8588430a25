// Operands as tensors.
#include "autograd/operand.hpp"

#include "core/impl.hpp"

namespace attune::internal {
namespace {

Tensor tensor_of(const char* operation, const Operand& operand, const Operand& other,
                 NumberType type) {
  if (const Tensor* const tensor = operand.tensor()) {
    internal::operand(operation, *tensor);
    return *tensor;
  }
  const Number number = operand.number();
  const DType dtype = other.tensor()
                          ? type(internal::operand(operation, *other.tensor()).dtype, number)
                          : number.dtype();
  check_fits(operation, number, dtype);
  return scalar_tensor(number, dtype);
}

}  // namespace

Pair pair(const char* operation, const Operand& a, const Operand& b, NumberType type) {
  return {tensor_of(operation, a, b, type), tensor_of(operation, b, a, type)};
}

}  // namespace attune::internal
