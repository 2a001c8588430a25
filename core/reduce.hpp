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

// No axes named means all. Error (index, value) naming the operation for an axis outside the rank or
// named twice.
ReducedAxes reduced_axes(const char* operation, const Shape& shape, const Axes& axes);

// x as [outer, count, inner] with only the middle axis to be reduced, made contiguous: consecutive
// reduced axes at once. The reduction of several groups takes them one after the other, the last first.
struct Group {
  std::int64_t outer = 1, count = 1, inner = 1;
};

// Sums over `axes`, keeping them with size 1. Integers and bool are summed in i64.
Tensor sum_keepdim(const char* operation, const Tensor& x, const ReducedAxes& axes);

}  // namespace attune::internal
