// Windows of planes, each to one number. x is [n, channels, height, width], or without n, and the
// result [n, channels, out_height, out_width]. f32 or f64: Error (dtype) for another type of an
// average or maximum. Error (value) for an option outside its domain, Error (shape) for a shape of
// other axes or when no window fits, naming kernel, input and padding. Derivatives: every order.
// O(windows * kernel). The same bits at any number of threads.
//
// Layer: autograd.
#pragma once

#include <attune/ops/plane.hpp>
#include <attune/tensor.hpp>
#include <optional>

namespace attune {

struct PoolOptions {
  Size2d kernel;                      // >= 1 and, as the stride, at most 2^31 - 1
  std::optional<Size2d> stride = {};  // >= 1; by default the kernel: windows do not overlap
  Size2d padding = 0;                 // on both sides; >= 0 and at most half the kernel
  // A last window that begins inside the input or its left padding may end outside.
  bool ceil_mode = false;
  // Averages divide by the padded window; a maximum never takes padding.
  bool count_include_pad = true;
};

// The largest entry of each window; of equal ones the first has the derivative. A NaN in a window
// wins. Along each axis (size + 2 * padding - kernel) / stride + 1 windows, rounded down, or up
// with ceil_mode.
ATTUNE_API Tensor max_pool2d(const Tensor& x, const PoolOptions& options);
// The sum over a window divided by its size: with count_include_pad the padding that it covers
// counts.
ATTUNE_API Tensor avg_pool2d(const Tensor& x, const PoolOptions& options);
// The mean of out_height x out_width windows that cover the plane: window i of o covers entries
// floor(i * size / o) up to ceil((i + 1) * size / o), the end not included. Error (value) for a
// size < 1.
ATTUNE_API Tensor adaptive_avg_pool2d(const Tensor& x, const Size2d& size);

}  // namespace attune
