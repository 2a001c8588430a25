// The general case of reductions: x contiguous as [outer, count, inner], y as [outer, inner], of
// one type: f32, f64 or i64.
#pragma once

#include "core/reduce.hpp"

namespace attune::internal::general {

void sum(const Group& group, const Tensor& x, Tensor& y);
void prod(const Group& group, const Tensor& x, Tensor& y);
// NaN if any element is. REQUIRES: count > 0.
void max(const Group& group, const Tensor& x, Tensor& y);
void min(const Group& group, const Tensor& x, Tensor& y);

}  // namespace attune::internal::general
