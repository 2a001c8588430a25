// Reductions of whole tensors, outside the graph. The tree is fixed by the shape.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

// Which axes a reduction runs over.
struct ReducedAxes {
  bool reduced[max_rank] = {};
  std::int64_t count = 1;  // elements that become one

  // x's shape without the reduced axes, or with size 1 in their place.
  Shape shape_of(const Shape& x, bool keepdim) const;
};

// No axes named means all. Error (index, value) naming the operation for an axis outside the rank
// or named twice.
ReducedAxes reduced_axes(const char* operation, const Shape& shape, const Axes& axes);

// For reductions of nothing that have no value. Error (shape) naming the first empty axis among the
// reduced ones.
void require_entries(const char* operation, const Shape& shape, const ReducedAxes& axes);

// x as [outer, count, inner] with only the middle axis to be reduced, contiguous: consecutive
// reduced axes at once. A reduction of several groups takes them one after the other, the last
// first.
struct Group {
  std::int64_t outer = 1, count = 1, inner = 1;
};

// Fresh results of the reduction over `axes`, which disappear or keep size 1.
// Integers and bool are summed and multiplied in i64. Of nothing: 0 and 1.
Tensor sum_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim);
Tensor prod_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim);
// In the type of x; NaN if any element is. REQUIRES: something to choose from.
Tensor max_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim);
Tensor min_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim);
// How many elements differ from 0: i64. NaN does.
Tensor count_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim);

}  // namespace attune::internal
