// The tensors that a walk over the graph begins with, hands to derivatives and takes from them, all
// of them checked. Their errors name what a user did, not the walk.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>

#include "core/impl.hpp"

namespace attune::internal {

// The gradient of the root: `seed`, or 1 for a result of one element.
Tensor seed_of(const Tensor& root, const Tensor& seed);

// The result of an operation, for a derivative that uses it. REQUIRES: node.keeps_values.
Tensor kept_result(Impl& node);

// A derivative in the shape and type of the input: summed where the input was broadcast.
Tensor conformed(Tensor derivative, const Impl& input, const char* operation);

// What the hooks of a tensor make of its gradient; those registered since `pass` began do not run.
Tensor after_hooks(const Impl& node, Tensor gradient, std::uint64_t pass);

}  // namespace attune::internal
