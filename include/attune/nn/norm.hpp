// Normalizing layers: <attune/ops/norm.hpp> with learned scale and shift, and for batch
// normalization the running statistics that evaluation uses.
//
// Layer: nn.
#pragma once

#include <attune/ops/norm.hpp>
#include <attune/param.hpp>

namespace attune::nn {

// Normalizes each channel of x [n, channels] or [n, channels, l]; Error (shape) for another rank. A
// training forward uses the batch's mean and variance and moves the running ones by running +=
// momentum * (batch - running), the variance unbiased; not inside a FrozenStatistics scope, and not
// on a batch of two threads at once: Error (state), see share(model). Evaluation uses the running
// ones and changes nothing, from any number of threads.
struct ATTUNE_API BatchNorm1d {
  std::int64_t channels = 0;
  double momentum = 0.1;
  double eps = 1e-5;
  Param scale = Param::scale({channels});
  Param shift = Param::bias({channels});
  Buffer running_mean = Buffer::full({channels}, 0.0);
  Buffer running_variance = Buffer::full({channels}, 1.0);
  Tensor operator()(const Tensor& x) const;
};

// BatchNorm1d for planes: x [n, channels, h, w]. Fields and rules are the same.
struct ATTUNE_API BatchNorm2d {
  std::int64_t channels = 0;
  double momentum = 0.1;
  double eps = 1e-5;
  Param scale = Param::scale({channels});
  Param shift = Param::bias({channels});
  Buffer running_mean = Buffer::full({channels}, 0.0);
  Buffer running_variance = Buffer::full({channels}, 1.0);
  Tensor operator()(const Tensor& x) const;
};

// Normalizes over the last axes, whose sizes are `shape`: the same in training and evaluation.
struct LayerNorm {
  Shape shape;
  double eps = 1e-5;
  Param scale = Param::scale(shape);
  Param shift = Param::bias(shape);
  Tensor operator()(const Tensor& x) const {
    return layer_norm(x, shape, scale, shift, {.eps = eps});
  }
};

}  // namespace attune::nn
