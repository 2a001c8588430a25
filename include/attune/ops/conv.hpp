// Convolution of planes, as neural networks mean it: correlation, the kernel is not flipped. f32 or
// f64 after promotion: Error (dtype) otherwise. Error (shape) naming both shapes and the sizes that
// do not fit, Error (value) for an option outside its domain. Derivatives: every order; those of
// the three operations are the three operations. The same bits at any number of threads. Cost: 2 *
// n * out_channels * out_height * out_width * (in_channels / groups) * kernel_height * kernel_width
// flops, as products of matrices (Chellapilla, Puri and Simard 2006).
//
// Layer: autograd.
#pragma once

#include <attune/ops/plane.hpp>
#include <attune/tensor.hpp>

namespace attune {

// All at most 2^31 - 1.
struct Conv2dOptions {
  Size2d stride = 1;      // >= 1
  Padding2d padding = 0;  // zeros around the input; >= 0
  Size2d dilation = 1;    // steps between the taps of the kernel; >= 1
  // The channels are cut into that many parts, which do not see each other.
  std::int64_t groups = 1;
};

// Each output is the sum of a window of x times the weight of its channel. Shapes: x [n,
// in_channels, height, width], or without n; weight [out_channels, in_channels / groups,
// kernel_height, kernel_width]; bias [out_channels] or undefined -> [n, out_channels, out_height,
// out_width], where, with reach = dilation.height * (kernel_height - 1) + 1,
//   out_height = (height + top + bottom - reach) / stride.height + 1, rounded down.
ATTUNE_API Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         const Conv2dOptions& options = {});
inline Tensor conv2d(const Tensor& x, const Tensor& weight, const Conv2dOptions& options = {}) {
  return conv2d(x, weight, Tensor(), options);
}

// The derivative of conv2d with respect to x, of shape `x_shape`, when `g` [n, out_channels,
// out_height, out_width] arrives: the transposed convolution.
ATTUNE_API Tensor conv2d_backward_input(const Tensor& g, const Tensor& weight, const Shape& x_shape,
                                        const Conv2dOptions& options = {});
// The derivative of conv2d with respect to the weight, of shape `weight_shape`. Images are summed
// in blocks whose number follows from the shape, and the blocks in their order.
ATTUNE_API Tensor conv2d_backward_weight(const Tensor& g, const Tensor& x,
                                         const Shape& weight_shape,
                                         const Conv2dOptions& options = {});

}  // namespace attune
