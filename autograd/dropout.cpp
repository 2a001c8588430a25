// Random zeros while training.
#include "attune/ops/dropout.hpp"

#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/mode.hpp"
#include "core/random.hpp"

namespace attune {

using internal::data;
using internal::fail;

namespace {

void check(const char* operation, const Tensor& x, double p) {
  internal::operand(operation, x);
  if (!(p >= 0 && p <= 1)) {
    fail(ErrorKind::value, operation, "p is {}: a probability lies in [0, 1]", p);
  }
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, operation, "x is {}: convert it with to(f32)", x.dtype());
  }
}

// One byte for each element: 1 where it stays.
Tensor draw_mask(const char* operation, const Shape& shape, double p) {
  Tensor mask = internal::empty_tensor(operation, shape, u8);
  internal::fill_bernoulli(1 - p, data<std::uint8_t>(mask), mask.numel(), internal::next_draw());
  return mask;
}

// x / (1 - p) where the mask is 1, else 0: also for an infinite x.
Tensor keep(const char* name, const Tensor& x, const Tensor& mask, double p) {
  const Tensor in = internal::as_contiguous(name, x, x.dtype());
  Tensor y = internal::empty_tensor(name, x.shape(), x.dtype());
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T factor = static_cast<T>(p < 1 ? 1 / (1 - p) : 0);
    const std::uint8_t* const stays = data<std::uint8_t>(mask);
    const T* const from = data<T>(in);
    T* const to = data<T>(y);
    internal::for_chunks(y.numel(), 1, [&](std::int64_t begin, std::int64_t length) {
      const std::int64_t end = begin + length;
      for (std::int64_t i = begin; i < end; ++i) to[i] = stays[i] ? from[i] * factor : T(0);
    });
  });
  return record({name, {{"p", p}}}, std::move(y), wrt(x, [mask, p](const Tensor& g) {
                  return keep("dropout_backward", g, mask, p);
                }));
}

}  // namespace

Tensor dropout(const Tensor& x, double p) {
  check("dropout", x, p);
  if (p == 0 || !internal::current_mode.training) return x;
  return keep("dropout", x, draw_mask("dropout", x.shape(), p), p);
}

Tensor feature_dropout(const Tensor& x, double p) {
  check("feature_dropout", x, p);
  const Shape& shape = x.shape();
  if (shape.rank() < 2) {
    fail(ErrorKind::shape, "feature_dropout",
         "x has shape {}: expected [n, channels, ...]; for single elements use dropout", shape);
  }
  if (p == 0 || !internal::current_mode.training) return x;
  Shape channels = shape;
  for (int i = 2; i < shape.rank(); ++i) channels[i] = 1;
  const Tensor drawn = draw_mask("feature_dropout", channels, p);
  const Tensor wide = internal::view_of(
      drawn, shape, internal::broadcast_strides(channels, drawn.strides(), shape), 0);
  return keep("feature_dropout", x, internal::as_contiguous("feature_dropout", wide, u8), p);
}

}  // namespace attune
