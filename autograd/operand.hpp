// Operands as tensors: numbers get the type that they take beside the other operand.
#pragma once

#include <attune/operand.hpp>

namespace attune::internal {

struct Pair {
  Tensor first, second;
};

// The type of a number beside a tensor of type `tensor`.
using NumberType = DType (*)(DType tensor, Number number);

// Errors: state for an undefined tensor; value for a number that its type cannot hold.
Pair pair(const char* operation, const Operand& a, const Operand& b, NumberType type = promote);

}  // namespace attune::internal
