// Normalization by mean and variance. x is f32 or f64; scale and shift multiply and are added
// afterwards and may be undefined (1 and 0). Derivatives: every order. Statistics run over fixed
// trees: the same bits at any number of threads.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <utility>

namespace attune {

struct BatchNormOptions {
  double eps = 1e-5;  // added to the variance
};

// What batch_norm made of a batch, and what it found.
struct BatchNormResult {
  Tensor y;         // normalized, of x's shape
  Tensor mean;      // [channels], outside the graph
  Tensor variance;  // [channels], outside the graph; divided by count
  // Values of a channel; variance * count / (count - 1) is the unbiased one.
  std::int64_t count = 0;
};

// (x - mean) / sqrt(variance + eps) * scale + shift, with the mean and variance of each channel
// over this batch. x [n, channels, ...] (a layer says how many axes it takes); scale and shift
// [channels]. Ioffe and Szegedy 2015, arXiv:1502.03167. Errors: shape, also for fewer than two
// values of a channel (their variance says nothing); dtype.
ATTUNE_API BatchNormResult batch_norm(const Tensor& x, const Tensor& scale = {},
                                      const Tensor& shift = {},
                                      const BatchNormOptions& options = {});

// Statistics from elsewhere: the running ones of a layer, in evaluation.
struct BatchStatistics {
  // Both are needed, so that `{}` stands for no scale.
  BatchStatistics(Tensor given_mean, Tensor given_variance)
      : mean(std::move(given_mean)), variance(std::move(given_variance)) {}
  Tensor mean, variance;  // [channels]; no derivative flows to them
};
// The same with statistics that are given: its result is y alone. Errors: shape, dtype.
ATTUNE_API Tensor batch_norm(const Tensor& x, const BatchStatistics& statistics,
                             const Tensor& scale = {}, const Tensor& shift = {},
                             const BatchNormOptions& options = {});

struct LayerNormOptions {
  double eps = 1e-5;  // added to the variance
};
// Normalizes over the last axes, whose sizes are `normalized_shape`, which is also the shape of
// scale and shift. Ba et al. 2016, arXiv:1607.06450. Errors: shape, dtype.
ATTUNE_API Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                             const Tensor& scale = {}, const Tensor& shift = {},
                             const LayerNormOptions& options = {});

}  // namespace attune
