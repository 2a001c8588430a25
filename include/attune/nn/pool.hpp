// Pooling of planes as layers: <attune/ops/pool.hpp>.
//
// Layer: nn.
#pragma once

#include <attune/ops/pool.hpp>

namespace attune::nn {

// The largest of each window: `nn::MaxPool2d{2}`, `nn::MaxPool2d{.kernel = 3, .stride = 2}`; the
// fields are those of PoolOptions.
struct MaxPool2d {
  Size2d kernel = 2;
  std::optional<Size2d> stride = {};
  Size2d padding = 0;
  bool ceil_mode = false;
  Tensor operator()(const Tensor& x) const {
    return max_pool2d(
        x, {.kernel = kernel, .stride = stride, .padding = padding, .ceil_mode = ceil_mode});
  }
};
// The mean of each window.
struct AvgPool2d {
  Size2d kernel = 2;
  std::optional<Size2d> stride = {};
  Size2d padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  Tensor operator()(const Tensor& x) const {
    return avg_pool2d(x, {.kernel = kernel,
                          .stride = stride,
                          .padding = padding,
                          .ceil_mode = ceil_mode,
                          .count_include_pad = count_include_pad});
  }
};
// Means that make planes of this size, whatever the input's.
struct AdaptiveAvgPool2d {
  Size2d size = 1;
  Tensor operator()(const Tensor& x) const { return adaptive_avg_pool2d(x, size); }
};

}  // namespace attune::nn
