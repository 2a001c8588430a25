// What conv2d and conv1d refuse alike, in the words of the one that was called.
#pragma once

#include "attune/tensor.hpp"

namespace attune::internal {

// An option from `least` to what keeps positions from overflowing.
void check_conv_option(const char* operation, const char* name, std::int64_t value,
                       std::int64_t least);

// Of [n, channels, sizes..] and [out_channels, in_channels / groups, kernel sizes..].
void check_conv_channels(const char* operation, const Shape& x, std::int64_t channels,
                         const Shape& weight, std::int64_t groups);

void check_conv_bias(const char* operation, const Tensor& bias, const Shape& weight);

// The size of the result along an axis.
std::int64_t conv_size(const char* operation, const char* axis, std::int64_t size,
                       std::int64_t before, std::int64_t after, std::int64_t kernel,
                       std::int64_t dilation, std::int64_t stride);

}  // namespace attune::internal
