// Convolutions that are conv2d or its derivative, seen another way.
#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/conv.hpp"
#include "attune/ops/views.hpp"
#include "autograd/conv_checks.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::fail;
using internal::operand;

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& o) {
  const internal::Inside called("conv1d");
  operand("conv1d", x);
  operand("conv1d", weight);
  if ((x.dim() != 2 && x.dim() != 3) || weight.dim() != 3) {
    fail(ErrorKind::shape, "conv1d",
         "input of shape {} and weight of shape {}: expected [n, channels, length] or "
         "[channels, length] and [out_channels, in_channels / groups, kernel]",
         x.shape(), weight.shape());
  }
  const auto within = [](const char* option, std::int64_t value, std::int64_t least) {
    internal::check_conv_option("conv1d", option, value, least);
  };
  within("stride", o.stride, 1);
  within("dilation", o.dilation, 1);
  within("padding.before", o.padding.before, 0);
  within("padding.after", o.padding.after, 0);
  within("groups", o.groups, 1);
  internal::check_conv_channels("conv1d", x.shape(), x.size(-2), weight.shape(), o.groups);
  internal::check_conv_bias("conv1d", bias, weight.shape());
  internal::conv_size("conv1d", "length", x.size(-1), o.padding.before, o.padding.after,
                      weight.size(2), o.dilation, o.stride);
  return squeeze(conv2d(unsqueeze(x, -2), unsqueeze(weight, -2), bias,
                        {.stride = {1, o.stride},
                         .padding = {0, 0, o.padding.before, o.padding.after},
                         .dilation = {1, o.dilation},
                         .groups = o.groups}),
                 -2);
}

namespace {

std::int64_t transposed_size(const char* axis, std::int64_t size, std::int64_t kernel,
                             std::int64_t stride, std::int64_t dilation, std::int64_t before,
                             std::int64_t after, std::int64_t more) {
  if (stride < 1)
    fail(ErrorKind::value, "conv_transpose2d", "stride.{} is {}: it must be 1 or more", axis,
         stride);
  if (more < 0 || more >= stride) {
    fail(ErrorKind::value, "conv_transpose2d",
         "output_padding.{} is {}: it must be from 0 to less than the stride {}", axis, more,
         stride);
  }
  std::int64_t moved = 0, reach = 0, whole = 0;
  const bool too_large = __builtin_mul_overflow(size - 1, stride, &moved) ||
                         __builtin_mul_overflow(kernel - 1, dilation, &reach) ||
                         __builtin_add_overflow(moved, reach, &whole) ||
                         __builtin_add_overflow(whole, 1 + more, &whole);
  if (too_large || before < 0 || after < 0 || before >= whole || after >= whole - before) {
    fail(ErrorKind::shape, "conv_transpose2d",
         "no output along the {}: an input of {} with stride {}, a kernel of {} with dilation {} "
         "and padding {} and {}: take less padding",
         axis, size, stride, kernel, dilation, before, after);
  }
  return whole - before - after;
}

}  // namespace

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& o) {
  constexpr const char* name = "conv_transpose2d";
  const internal::Inside called(name);
  operand(name, x);
  operand(name, weight);
  if (x.dim() == 3) return squeeze(conv_transpose2d(unsqueeze(x, 0), weight, bias, o), 0);
  if (x.dim() != 4 || weight.dim() != 4 || x.size(1) != weight.size(0)) {
    fail(ErrorKind::shape, name,
         "input of shape {} and weight of shape {}: expected [n, in_channels, height, width] and "
         "[in_channels, out_channels / groups, kernel_height, kernel_width]",
         x.shape(), weight.shape());
  }
  if (weight.numel() == 0)
    fail(ErrorKind::shape, name, "the weight of shape {} is empty", weight.shape());
  if (o.groups < 1) fail(ErrorKind::value, name, "groups is {}: it must be 1 or more", o.groups);
  if (weight.size(0) % o.groups != 0) {
    fail(ErrorKind::shape, name,
         "weight of shape {} takes {} input channels, which groups = {} does not divide",
         weight.shape(), weight.size(0), o.groups);
  }
  const std::int64_t out = weight.size(1) * o.groups;
  if (bias.defined() && operand(name, bias).shape != Shape{out}) {
    fail(ErrorKind::shape, name,
         "bias of shape {} for a weight of shape {} with groups = {}: it must be [{}]",
         bias.shape(), weight.shape(), o.groups, out);
  }
  const Shape shape{
      x.size(0), out,
      transposed_size("height", x.size(2), weight.size(2), o.stride.height, o.dilation.height,
                      o.padding.top, o.padding.bottom, o.output_padding.height),
      transposed_size("width", x.size(3), weight.size(3), o.stride.width, o.dilation.width,
                      o.padding.left, o.padding.right, o.output_padding.width)};
  const Tensor y = conv2d_backward_input(
      x, weight, shape,
      {.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups});
  return bias.defined() ? add(y, reshape(bias.to(y.dtype()), {out, 1, 1})) : y;
}

}  // namespace attune
