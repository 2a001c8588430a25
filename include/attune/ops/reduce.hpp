// Many elements to one, along some axes or all. A reduced axis disappears, or keeps size 1 with `keepdim`.
// Sums run over a fixed tree: the same bits at any number of threads.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// bool, u8 and i32 are summed in i64. The sum of no elements is 0.
ATTUNE_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// Integers give f32. Error (shape) when there is nothing to average.
ATTUNE_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// Sums x over the axes along which `shape` broadcasts to x's shape: the reverse of broadcasting.
// Error (shape) when it does not.
ATTUNE_API Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace attune
