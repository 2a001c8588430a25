// What each function refuses, and what it does otherwise.
#include "autograd/pass_values.hpp"

#include <utility>

#include "attune/ops.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"

namespace attune::internal {
namespace {

bool broadcasts_to(const Shape& from, const Shape& to) {
  const int shift = to.rank() - from.rank();
  for (int i = 0; shift >= 0 && i < from.rank(); ++i) {
    if (from[i] != 1 && from[i] != to[i + shift]) return false;
  }
  return shift >= 0;
}

}  // namespace

Tensor seed_of(const Tensor& root, const Tensor& seed) {
  if (!root.defined() || !root.requires_grad()) {
    fail(ErrorKind::state, "backward",
         "the result depends on no tensor that requires a gradient (was it computed inside a "
         "NoGrad or Evaluation scope, or from detached tensors?)");
  }
  if (seed.defined()) {
    if (seed.shape() != root.shape()) {
      fail(ErrorKind::shape, "backward", "the seed has shape {}, the result {}", seed.shape(),
           root.shape());
    }
    return seed.to(root.dtype());
  }
  if (root.numel() != 1) {
    fail(ErrorKind::shape, "backward",
         "the result has shape {}: a loss is one number (take mean() or sum()), or pass a seed "
         "of that shape",
         root.shape());
  }
  Tensor one = empty_tensor("backward", root.shape(), root.dtype());
  fill(one, 1);
  return one;
}

Tensor kept_result(Impl& node) {
  Tensor result = node.handle();
  if (result.version() != node.result_version) {
    fail(ErrorKind::state, "backward",
         "the result of {}, of shape {}, which its derivative needs, was overwritten by {}: "
         "clone() it before the write, or write after backward",
         node.operation, node.shape, node.storage->writer);
  }
  return result;
}

Tensor conformed(Tensor derivative, const Impl& input, const char* operation) {
  if (derivative.shape() != input.shape) {
    if (!broadcasts_to(input.shape, derivative.shape())) {
      fail(ErrorKind::shape, operation,
           "its derivative has shape {}, which an input of shape {} does not broadcast to",
           derivative.shape(), input.shape);
    }
    derivative = sum_to(derivative, input.shape);
  }
  return derivative.to(input.dtype);
}

Tensor after_hooks(const Impl& node, Tensor gradient, std::uint64_t pass) {
  if (!node.extras) return gradient;
  for (const Hook& hook : node.extras->hooks) {
    if (hook.number > pass) break;  // registered by a hook of this backward
    const std::uint32_t version = gradient.version();
    Tensor replaced = hook.call(gradient);
    if (gradient.version() != version) {
      fail(ErrorKind::state, "register_hook",
           "a hook wrote into the gradient of shape {} that it was given, by {}: others may use "
           "the same memory; return a new tensor instead",
           gradient.shape(), gradient.impl()->storage->writer);
    }
    if (!replaced.defined()) continue;
    if (replaced.shape() != gradient.shape() || replaced.dtype() != gradient.dtype()) {
      fail(replaced.shape() != gradient.shape() ? ErrorKind::shape : ErrorKind::dtype,
           "register_hook",
           "a hook returned a gradient of shape {} and type {} where the tensor has {} and {}",
           replaced.shape(), replaced.dtype(), gradient.shape(), gradient.dtype());
    }
    gradient = std::move(replaced);
  }
  return gradient;
}

}  // namespace attune::internal
