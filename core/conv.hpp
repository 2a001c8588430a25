// Convolution of planes in memory: contiguous arrays, no Tensor, no errors.
#pragma once

#include <cstdint>

namespace attune::internal {

// x [images, groups, in, height, width], weight [groups, out, in, kernel_height, kernel_width],
// y [images, groups, out, out_height, out_width].
struct ConvShape {
  std::int64_t images, groups, in, out;
  std::int64_t height, width, kernel_height, kernel_width, out_height, out_width;
  std::int64_t stride_y, stride_x, dilation_y, dilation_x, top, left;

  std::int64_t taps() const { return in * kernel_height * kernel_width; }
  std::int64_t plane() const { return height * width; }
  std::int64_t out_plane() const { return out_height * out_width; }
  std::int64_t work() const { return images * groups * out * out_plane() * taps(); }
  // Every column is a pixel of x as it lies there.
  bool direct() const {
    return kernel_height == 1 && kernel_width == 1 && stride_y == 1 && stride_x == 1 && top == 0 &&
           left == 0 && out_height == height && out_width == width;
  }
};

// y = x * weight + bias (per output channel, or null).
template <class T>
void conv_forward(const ConvShape& shape, const T* x, const T* weight, const T* bias, T* y);
// dx from the derivative g with respect to y.
template <class T>
void conv_backward_input(const ConvShape& shape, const T* g, const T* weight, T* dx);
template <class T>
void conv_backward_weight(const ConvShape& shape, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
