// The general case of reductions: x contiguous as [outer, count, inner], y as [outer, inner].
#pragma once

#include "core/reduce.hpp"

namespace attune::internal::general {

// f32, f64 and i64.
void sum(const Group& group, const Tensor& x, Tensor& y);

}  // namespace attune::internal::general
