// Anomaly mode: the first value that is not finite, where it arose and on whose call.
#pragma once

#include <attune/record.hpp>
#include <string>
#include <vector>

#include "core/impl.hpp"

namespace attune::internal {

// Error (numeric) when `result` has a NaN or an infinity: the operation, shapes, attributes, where
// the first such value stands, the parameters involved and the caller's file and line.
void check_finite(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs);

// The same in backward, for what the derivative of `node` made of `gradient` for `input`: names the
// forward operation and where that was called.
void check_finite_derivative(const Impl& node, const Tensor& gradient, const Impl& input,
                             const Tensor& derivative);

// Return addresses of the calling thread, the innermost first.
std::vector<void*> caller_frames();

// "train.cpp:42 in main" of the first frame outside attune; "" when it cannot be told.
std::string describe_caller(const std::vector<void*>& frames);

}  // namespace attune::internal
