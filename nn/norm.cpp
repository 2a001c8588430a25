// Batch normalization: the statistics of the batch in training, the running ones in evaluation.
#include "attune/nn/norm.hpp"

#include "attune/mode.hpp"
#include "attune/ops/binary.hpp"
#include "core/fail.hpp"
#include "core/mode.hpp"

namespace attune::nn {
namespace {

// running += momentum * (batch - running), in the type of `running`.
void move(const Buffer& running, const Tensor& batch, double momentum) {
  running.write(
      (running.tensor() + (batch - running.tensor()) * momentum).to(running.tensor().dtype()));
}

template <class Layer>
Tensor normalize(const char* name, const Layer& layer, const Tensor& x) {
  const BatchNormOptions options{.eps = layer.eps};
  const Mode& mode = internal::current_mode;
  if (!mode.training) {
    return batch_norm(x, {layer.running_mean, layer.running_variance}, layer.scale, layer.shift,
                      options);
  }
  if (mode.frozen_statistics) return batch_norm(x, layer.scale, layer.shift, options).y;

  const Buffer::Writing alone(name, layer.running_mean);
  const BatchNormResult result = batch_norm(x, layer.scale, layer.shift, options);
  const NoGrad guard;
  const auto count = static_cast<double>(result.count);
  move(layer.running_mean, result.mean, layer.momentum);
  move(layer.running_variance, result.variance * (count / (count - 1)), layer.momentum);
  return result.y;
}

void check_rank(const char* name, const Tensor& x, bool fits, const char* wanted) {
  if (fits) return;
  internal::fail(ErrorKind::shape, name, "x has shape {}, not {}", x.shape(), wanted);
}

}  // namespace

Tensor BatchNorm1d::operator()(const Tensor& x) const {
  check_rank("BatchNorm1d", x, x.dim() == 2 || x.dim() == 3, "[n, channels] or [n, channels, l]");
  return normalize("BatchNorm1d", *this, x);
}

Tensor BatchNorm2d::operator()(const Tensor& x) const {
  check_rank("BatchNorm2d", x, x.dim() == 4, "[n, channels, height, width]");
  return normalize("BatchNorm2d", *this, x);
}

}  // namespace attune::nn
