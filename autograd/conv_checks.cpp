// The errors of convolutions.
#include "autograd/conv_checks.hpp"

#include <limits>

#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::internal {

void check_conv_option(const char* operation, const char* name, std::int64_t value,
                       std::int64_t least) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (value >= least && value <= most) return;
  fail(ErrorKind::value, operation, "{} is {}: it must be from {} to {}", name, value, least, most);
}

void check_conv_channels(const char* operation, const Shape& x, std::int64_t channels,
                         const Shape& weight, std::int64_t groups) {
  if (weight.numel() == 0)
    fail(ErrorKind::shape, operation, "the weight of shape {} is empty", weight);
  if (weight[0] % groups != 0) {
    fail(ErrorKind::shape, operation,
         "weight of shape {} has {} output channels, which groups = {} does not divide", weight,
         weight[0], groups);
  }
  if (channels % groups != 0 || channels / groups != weight[1]) {
    fail(ErrorKind::shape, operation,
         "input of shape {} has {} channels, weight of shape {} with groups = {} takes {} for each "
         "group",
         x, channels, weight, groups, weight[1]);
  }
}

void check_conv_bias(const char* operation, const Tensor& bias, const Shape& weight) {
  if (!bias.defined() || operand(operation, bias).shape == Shape{weight[0]}) return;
  fail(ErrorKind::shape, operation, "bias of shape {} for a weight of shape {}: it must be [{}]",
       bias.shape(), weight, weight[0]);
}

std::int64_t conv_size(const char* operation, const char* axis, std::int64_t size,
                       std::int64_t before, std::int64_t after, std::int64_t kernel,
                       std::int64_t dilation, std::int64_t stride) {
  const std::int64_t room = size + before + after;
  std::int64_t reach = 0;
  if (__builtin_mul_overflow(dilation, kernel - 1, &reach) || reach >= room) {
    fail(ErrorKind::shape, operation,
         "no output along the {}: a kernel of {} with dilation {} reaches over {} x {} + 1, the "
         "input of {} with padding {} and {} has {}: add padding or take a smaller kernel",
         axis, kernel, dilation, dilation, kernel - 1, size, before, after, room);
  }
  return (room - 1 - reach) / stride + 1;
}

}  // namespace attune::internal
