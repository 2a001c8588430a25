// Reductions of integers and bool, which need no wider copy first.
#pragma once

#include "core/kernels.hpp"
#include "core/reduce.hpp"

namespace attune::internal {

// x contiguous as the group, y [outer, inner]. sum: y is i64; max and min: of x's type, which is
// not bool. Sums wrap, and so may be taken in any order.
void reduce_whole(Reduce op, const Group& group, const Tensor& x, Tensor& y);

}  // namespace attune::internal
