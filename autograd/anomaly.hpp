// Anomaly mode: the first value that is not finite, where it arose and on whose call.
#pragma once

#include <attune/record.hpp>
#include <string>
#include <vector>

namespace attune::internal {

// Error (numeric) when `result` has a NaN or an infinity: the operation, shapes, attributes, how many
// values and where the first stands, the parameters involved and the caller's file and line.
void check_finite(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs);

// Return addresses of the calling thread, the innermost first.
std::vector<void*> caller_frames();

// "train.cpp:42 in main" of the first frame outside attune; "" when it cannot be told.
std::string describe_caller(const std::vector<void*>& frames);

}  // namespace attune::internal
