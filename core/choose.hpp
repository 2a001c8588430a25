// Reductions that choose one element: which one is the largest, the smallest, the middle. Outside
// the graph. Of equal elements the first is chosen; a NaN counts as larger and smaller than any
// number.
#pragma once

#include "core/reduce.hpp"

namespace attune::internal {

enum class Choice { largest, smallest, middle };

// Positions (i64, [outer, inner]) along the middle axis of x read as [outer, count, inner]. The
// middle of an even number is the lower one. REQUIRES: count > 0.
Tensor choose(const char* operation, Choice choice, const Tensor& x, const Group& group);

}  // namespace attune::internal
