// Derivatives of a row against central differences, of the first and of the second order.
#pragma once

#include <functional>

#include "tests/ops/cases.hpp"

namespace attune::tests {

// The derivatives of the contracted result with respect to the f64 operands, by backward; undefined
// for an operand that took no part. `record` keeps them differentiable.
std::vector<Tensor> derivatives(const Case& row, Operands x, bool record = false);

// The largest error of the derivatives by backward, as distance().
double first_order_error(const Case& row, Operands x);
double second_order_error(const Case& row, Operands x);

}  // namespace attune::tests
