// Convolution of planes, and its two derivatives as operations of their own.
#include "attune/ops/conv.hpp"

#include "attune/inside.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/conv_checks.hpp"
#include "core/conv.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::as_contiguous;
using internal::conv_size;
using internal::ConvShape;
using internal::data;
using internal::fail;
using internal::operand;

namespace {

void check_options(const char* operation, const Conv2dOptions& o) {
  const auto within = [&](const char* name, std::int64_t value, std::int64_t least) {
    internal::check_conv_option(operation, name, value, least);
  };
  within("stride.height", o.stride.height, 1);
  within("stride.width", o.stride.width, 1);
  within("dilation.height", o.dilation.height, 1);
  within("dilation.width", o.dilation.width, 1);
  within("padding.top", o.padding.top, 0);
  within("padding.bottom", o.padding.bottom, 0);
  within("padding.left", o.padding.left, 0);
  within("padding.right", o.padding.right, 0);
  within("groups", o.groups, 1);
}

// Of four axes each.
ConvShape conv_shape(const char* operation, const Shape& x, const Shape& weight,
                     const Conv2dOptions& o) {
  check_options(operation, o);
  if (x.rank() != 4 || weight.rank() != 4) {
    fail(ErrorKind::shape, operation,
         "input of shape {} and weight of shape {}: expected [n, channels, height, width] or "
         "[channels, height, width] and "
         "[out_channels, in_channels / groups, kernel_height, kernel_width]",
         x, weight);
  }
  internal::check_conv_channels(operation, x, x[1], weight, o.groups);
  return {.images = x[0],
          .groups = o.groups,
          .in = weight[1],
          .out = weight[0] / o.groups,
          .height = x[2],
          .width = x[3],
          .kernel_height = weight[2],
          .kernel_width = weight[3],
          .out_height = conv_size(operation, "height", x[2], o.padding.top, o.padding.bottom,
                                  weight[2], o.dilation.height, o.stride.height),
          .out_width = conv_size(operation, "width", x[3], o.padding.left, o.padding.right,
                                 weight[3], o.dilation.width, o.stride.width),
          .stride_y = o.stride.height,
          .stride_x = o.stride.width,
          .dilation_y = o.dilation.height,
          .dilation_x = o.dilation.width,
          .top = o.padding.top,
          .left = o.padding.left};
}

Shape output_of(const ConvShape& s) {
  return {s.images, s.groups * s.out, s.out_height, s.out_width};
}

void check_gradient(const char* operation, const Tensor& g, const ConvShape& s) {
  if (g.shape() == output_of(s)) return;
  fail(ErrorKind::shape, operation, "a gradient of shape {} where the convolution's result has {}",
       g.shape(), output_of(s));
}

DType conv_type(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = promote(operand(operation, a).dtype, operand(operation, b).dtype);
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, operation, "operands of {} and {}: convert one with to(f32)", a.dtype(),
         b.dtype());
  }
  return dtype;
}

// The attributes of a record; they live as long as this.
struct Attributes {
  Shape stride, padding, dilation;
  std::int64_t groups;

  explicit Attributes(const Conv2dOptions& o)
      : stride{o.stride.height, o.stride.width},
        padding{o.padding.top, o.padding.bottom, o.padding.left, o.padding.right},
        dilation{o.dilation.height, o.dilation.width},
        groups(o.groups) {}
};

#define ATTUNE_CONV_OP(name, a)       \
  Op(name, {{"stride", a.stride},     \
            {"padding", a.padding},   \
            {"dilation", a.dilation}, \
            {"groups", a.groups}})

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& o) {
  const internal::Inside called("conv2d");
  const DType dtype = conv_type("conv2d", x, weight);
  if (x.dim() == 3) return squeeze(conv2d(unsqueeze(x, 0), weight, bias, o), 0);
  const ConvShape s = conv_shape("conv2d", x.shape(), weight.shape(), o);
  internal::check_conv_bias("conv2d", bias, weight.shape());
  const Tensor in = as_contiguous("conv2d", x, dtype), w = as_contiguous("conv2d", weight, dtype);
  const Tensor added = bias.defined() ? as_contiguous("conv2d", bias, dtype) : Tensor();
  Tensor y = internal::empty_tensor("conv2d", output_of(s), dtype);
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::conv_forward<T>(s, data<T>(in), data<T>(w),
                              added.defined() ? data<T>(added) : nullptr, data<T>(y));
  });
  auto by_x = wrt(x, [weight = Saved(weight), like = Outline(x), o](const Tensor& g) {
    return conv2d_backward_input(g, weight, like.shape(), o);
  });
  auto by_weight = wrt(weight, [x = Saved(x), like = Outline(weight), o](const Tensor& g) {
    return conv2d_backward_weight(g, x, like.shape(), o);
  });
  const Attributes a(o);
  return record(ATTUNE_CONV_OP("conv2d", a), std::move(y), by_x, by_weight,
                wrt(bias, [](const Tensor& g) {
                  return sum(g, {0, 2, 3});
                }));
}

Tensor conv2d_backward_input(const Tensor& g, const Tensor& weight, const Shape& x_shape,
                             const Conv2dOptions& o) {
  constexpr const char* name = "conv2d_backward_input";
  const internal::Inside called(name);
  const DType dtype = conv_type(name, g, weight);
  const ConvShape s = conv_shape(name, x_shape, weight.shape(), o);
  check_gradient(name, g, s);
  const Tensor from = as_contiguous(name, g, dtype), w = as_contiguous(name, weight, dtype);
  Tensor dx = internal::empty_tensor(name, x_shape, dtype);
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::conv_backward_input<T>(s, data<T>(from), data<T>(w), data<T>(dx));
  });
  const Attributes a(o);
  return record(
      ATTUNE_CONV_OP(name, a), std::move(dx),
      wrt(g, [weight = Saved(weight), o](const Tensor& h) { return conv2d(h, weight, o); }),
      wrt(weight, [g = Saved(g), like = Outline(weight), o](const Tensor& h) {
        return conv2d_backward_weight(g, h, like.shape(), o);
      }));
}

Tensor conv2d_backward_weight(const Tensor& g, const Tensor& x, const Shape& weight_shape,
                              const Conv2dOptions& o) {
  constexpr const char* name = "conv2d_backward_weight";
  const internal::Inside called(name);
  const DType dtype = conv_type(name, g, x);
  const ConvShape s = conv_shape(name, x.shape(), weight_shape, o);
  check_gradient(name, g, s);
  const Tensor from = as_contiguous(name, g, dtype), in = as_contiguous(name, x, dtype);
  Tensor dweight = internal::empty_tensor(name, weight_shape, dtype);
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::conv_backward_weight<T>(s, data<T>(from), data<T>(in), data<T>(dweight));
  });
  const Attributes a(o);
  return record(ATTUNE_CONV_OP(name, a), std::move(dweight),
                wrt(g, [x = Saved(x), o](const Tensor& h) { return conv2d(x, h, o); }),
                wrt(x, [g = Saved(g), like = Outline(x), o](const Tensor& h) {
                  return conv2d_backward_input(g, h, like.shape(), o);
                }));
}

}  // namespace attune
