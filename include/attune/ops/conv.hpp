// Convolution of planes and lines, as neural networks mean it: correlation, the kernel is not
// flipped. f32 or f64 after promotion: Error (dtype) otherwise. Error (shape) naming both shapes
// and the sizes that do not fit, Error (value) for an option outside its domain. Derivatives: every
// order; those of the three operations are the three operations. The same bits at any number of
// threads.
//
// Cost: 2 * n * out_channels * out_height * out_width * (in_channels / groups) * kernel_height *
// kernel_width flops (3 x 3 by tiles: 4 / 9 of them), on padded copies of the planes. Where these
// would be mostly zeros, and of the derivative by the input where stride.height * stride.width is
// more than 9, a product of matrices over columns, which are made in pieces.
//
// Error: this the tests hold for operands drawn evenly between -1 and 1 (others scale it), times
// the result where that is beyond 1; no theorem, for roundings cancel as the numbers do.
//   f32: 1e-6 * (2 + sqrt(k)), which is 16.8 * (2 + sqrt(k)) * 2^-24, the operands' rounding
//   included; f64, of the value and by tiles: 1e-12, which is 9007 * 2^-53.
// k: of the value the number of terms, (in_channels / groups) * kernel_height * kernel_width; of
// the derivative by the input that of weights; of the derivative by the weight that of elements of
// g. (f64, by the weight with strides of 2: times sqrt(k).)
//
// Squares of 3 x 3 without dilation, with strides of 1 or 2, of one group and many channels, are
// computed by tiles, whose results share sums of several numbers (docs/design.md, Convolutions).
// - A number is felt only by results and derivatives by the input that see it, but by these
//   whatever its weight is: where that is 0 or small, its rounding shows.
// - Of the derivative by the weight, from 64 channels on, the nine of two channels share their
//   roundings: a number much larger than the others may be felt by those that do not meet it. (10^6
//   in a corner, which five of the nine never meet, puts these off by 1 in 120.)
// f64 makes both 2^29 times as small.
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
// in blocks whose number follows from the shape, and the blocks in a fixed order.
ATTUNE_API Tensor conv2d_backward_weight(const Tensor& g, const Tensor& x,
                                         const Shape& weight_shape,
                                         const Conv2dOptions& options = {});

struct Conv1dOptions {
  std::int64_t stride = 1;
  Padding1d padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};
// conv2d with planes of height 1: x [n, in_channels, length], or without n; weight [out_channels,
// in_channels / groups, kernel]; bias [out_channels] or undefined -> [n, out_channels, out_length].
ATTUNE_API Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         const Conv1dOptions& options = {});
inline Tensor conv1d(const Tensor& x, const Tensor& weight, const Conv1dOptions& options = {}) {
  return conv1d(x, weight, Tensor(), options);
}

struct ConvTranspose2dOptions {
  Size2d stride = 1;
  Padding2d padding = 0;  // taken away from the result's sides
  // Rows and columns more at the bottom and the right; less than the stride: which of the sizes
  // that a convolution makes one of is meant.
  Size2d output_padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
};
// conv2d_backward_input of x, which is conv2d transposed: x [n, in_channels, height, width], or
// without n; weight [in_channels, out_channels / groups, kernel_height, kernel_width]; bias
// [out_channels] or undefined -> [n, out_channels, out_height, out_width], where
//   out_height = (height - 1) * stride.height - top - bottom + dilation.height * (kernel_height -
//                1) + 1 + output_padding.height.
ATTUNE_API Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                   const ConvTranspose2dOptions& options = {});
inline Tensor conv_transpose2d(const Tensor& x, const Tensor& weight,
                               const ConvTranspose2dOptions& options = {}) {
  return conv_transpose2d(x, weight, Tensor(), options);
}

}  // namespace attune
