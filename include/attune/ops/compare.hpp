// Comparisons, element by element: bool tensors, without a derivative. Shapes broadcast, types
// promote by the table in <attune/dtype.hpp>; beside integers a whole number within i64 is compared
// as it is, also when their type cannot hold it. Every comparison with a NaN is false, but for ne.
// There is no operator==: a tensor of truths is no truth. Choosing elements by a condition stands
// here too. Errors: shape when the operands do not broadcast.
//
// Layer: autograd.
#pragma once

#include <attune/operand.hpp>

namespace attune {

ATTUNE_API Tensor eq(const Operand& a, const Operand& b);  // a = b
ATTUNE_API Tensor ne(const Operand& a, const Operand& b);  // a differs from b, or one is NaN
ATTUNE_API Tensor lt(const Operand& a, const Operand& b);  // a < b
ATTUNE_API Tensor le(const Operand& a, const Operand& b);  // a <= b
ATTUNE_API Tensor gt(const Operand& a, const Operand& b);  // a > b
ATTUNE_API Tensor ge(const Operand& a, const Operand& b);  // a >= b

struct Closeness {
  double relative = 1e-5;
  double absolute = 1e-8;
  bool equal_nan = false;  // two NaN count as close
};
// |a - b| <= absolute + relative |b|; an infinity is close to itself only. Error (value) for a
// negative tolerance.
ATTUNE_API Tensor isclose(const Operand& a, const Operand& b, const Closeness& closeness = {});
// Whether all elements are; true of nothing.
ATTUNE_API bool allclose(const Operand& a, const Operand& b, const Closeness& closeness = {});
// Whether both have the same shape and equal elements; types may differ. A NaN equals nothing.
ATTUNE_API bool equal(const Tensor& a, const Tensor& b);

// a where the condition holds, else b; all three broadcast, a and b promote. The gradient goes to
// the chosen one; a NaN in the other does no harm. An infinite slope of what computed the other
// does: it meets the gradient 0 and gives NaN. Choose the argument as well, as in where(gt(x, 0),
// log(where(gt(x, 0), x, 1)), 0). Error (dtype) unless the condition is bool.
ATTUNE_API Tensor where(const Tensor& condition, const Operand& a, const Operand& b);

}  // namespace attune
