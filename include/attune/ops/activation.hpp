// The nonlinearities of networks.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// max(x, 0). The derivative at 0 is 0.
ATTUNE_API Tensor relu(const Tensor& x);
// The logarithm of softmax along an axis: x - log(sum(exp(x))), without overflow.
ATTUNE_API Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

}  // namespace attune
