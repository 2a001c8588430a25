// Convolution as a layer: <attune/ops/conv.hpp> with a learned kernel and bias.
//
// Layer: nn.
#pragma once

#include <attune/ops/conv.hpp>
#include <attune/param.hpp>

namespace attune::nn {

// The weight [out, in / groups, height, width] of a convolution. Error (value) unless groups
// divides both.
ATTUNE_API Param convolution_weight(std::int64_t in, std::int64_t out, Size2d kernel,
                                    std::int64_t groups);

// The weight [out, in / groups, length] of a convolution along a line, and [in, out / groups,
// height, width] of a transposed one, whose fans are those of the convolution that it transposes
// the other way round.
ATTUNE_API Param convolution_weight(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                    std::int64_t groups);
ATTUNE_API Param transposed_weight(std::int64_t in, std::int64_t out, Size2d kernel,
                                   std::int64_t groups);

// x [n, in, height, width] -> [n, out, out_height, out_width]; sizes and options as in conv2d.
//   nn::Conv2d{.in = 1, .out = 32, .kernel = 3, .padding = 1}
struct Conv2d {
  std::int64_t in = 0, out = 0;
  Size2d kernel = 3;
  Size2d stride = 1;
  Padding2d padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
  Param weight = convolution_weight(in, out, kernel, groups);
  Param bias = Param::bias({out});
  Tensor operator()(const Tensor& x) const {
    return conv2d(x, weight, bias,
                  {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
  }
};

// x [n, in, length] -> [n, out, out_length]; sizes and options as in conv1d.
struct Conv1d {
  std::int64_t in = 0, out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  Padding1d padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  Param weight = convolution_weight(in, out, kernel, groups);
  Param bias = Param::bias({out});
  Tensor operator()(const Tensor& x) const {
    return conv1d(x, weight, bias,
                  {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
  }
};

// Planes that grow: x [n, in, height, width] -> [n, out, out_height, out_width]; sizes and options
// as in conv_transpose2d.
//   nn::ConvTranspose2d{.in = 64, .out = 32, .kernel = 2, .stride = 2}  doubles height and width
struct ConvTranspose2d {
  std::int64_t in = 0, out = 0;
  Size2d kernel = 3;
  Size2d stride = 1;
  Padding2d padding = 0;
  Size2d output_padding = 0;
  Size2d dilation = 1;
  std::int64_t groups = 1;
  Param weight = transposed_weight(in, out, kernel, groups);
  Param bias = Param::bias({out});
  Tensor operator()(const Tensor& x) const {
    return conv_transpose2d(x, weight, bias,
                            {.stride = stride,
                             .padding = padding,
                             .output_padding = output_padding,
                             .dilation = dilation,
                             .groups = groups});
  }
};

}  // namespace attune::nn
