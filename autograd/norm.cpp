// Normalization over channels and over rows: fused loops, and the same in attune operations where a
// derivative is recorded.
#include "attune/ops/norm.hpp"

#include <cmath>
#include <memory>
#include <utility>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/found_together.hpp"
#include "autograd/norm_loops.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::data;
using internal::fail;

namespace {

// x in normal form over `axes`, in attune operations.
struct Normal {
  Tensor mean, variance, inverse, x;

  Normal(const Tensor& from, const Axes& axes, double eps) : mean(attune::mean(from, axes, true)) {
    const Tensor centred = sub(from, mean);
    variance = attune::mean(square(centred), axes, true);
    inverse = div(1, sqrt(add(variance, eps)));
    x = mul(centred, inverse);
  }
  // The derivative of x by what it was made from.
  Tensor backward(const Tensor& g, const Axes& axes) const {
    const Tensor along = mul(x, attune::mean(mul(g, x), axes, true));
    return mul(inverse, sub(sub(g, attune::mean(g, axes, true)), along));
  }
};

void check_input(const char* name, const Tensor& x, double eps) {
  internal::operand(name, x);
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, name, "x is {}: convert it with to(f32)", x.dtype());
  }
  if (!(eps >= 0)) fail(ErrorKind::value, name, "eps is {}: it must not be negative", eps);
}

// `given`, checked, or `otherwise` everywhere.
Tensor parameter(const char* name, const char* role, const Tensor& given, const Shape& shape,
                 const Tensor& x, double otherwise) {
  if (!given.defined()) return full(shape, otherwise, x.dtype());
  internal::operand(name, given);
  if (given.shape() != shape) {
    fail(ErrorKind::shape, name, "{} has shape {}: expected {} for x of shape {}", role,
         given.shape(), shape, x.shape());
  }
  if (given.dtype() != x.dtype()) {
    fail(ErrorKind::dtype, name, "{} is {}, x is {}: convert one of them", role, given.dtype(),
         x.dtype());
  }
  return given;
}

Tensor flat(const Tensor& x) { return internal::as_contiguous("norm", x, x.dtype()); }

// --- channels

// All axes but the channels.
Axes other_axes(const Shape& shape) {
  Axes axes{0};
  for (int i = 2; i < shape.rank(); ++i) axes.push_back(i);
  return axes;
}

Shape wide(const Shape& shape) {
  Shape result{shape[1]};
  for (int i = 2; i < shape.rank(); ++i) result.push_back(1);
  return result;
}

internal::Channels channels_of(const char* name, const Shape& shape) {
  if (shape.rank() < 2) {
    fail(ErrorKind::shape, name, "x has shape {}: expected [n, channels, ...]", shape);
  }
  std::int64_t inner = 1;
  for (int i = 2; i < shape.rank(); ++i) inner *= shape[i];
  return {shape[0], shape[1], inner};
}

// What a batch gave, and the sums over the gradient that reaches it: the derivatives by x, scale
// and shift need them in turn, of the same gradient.
struct Batch {
  internal::Channels layout;
  double eps;
  Tensor mean, variance, inverse;
  Tensor of_gradient = {}, of_product = {};
  internal::ArrivedGradient arrived = {};

  void receive(const Tensor& g, const Tensor& x) {
    if (arrived.is(g)) return;
    arrived.forget();  // before what may fail half way
    of_gradient = empty_like(mean);
    of_product = empty_like(mean);
    internal::channel_gradient_sums(layout, flat(g), flat(x), mean, of_gradient, of_product);
    arrived.set(g);
  }
};

Tensor by_x(Batch& batch, const Tensor& g, const Tensor& x, const Tensor& scale) {
  batch.receive(g, x);
  const double count = static_cast<double>(batch.layout.count());
  const Tensor a = div(batch.of_gradient, count);
  const Tensor b = mul(div(batch.of_product, count), square(batch.inverse));
  Tensor y = internal::empty_tensor("batch_norm", x.shape(), x.dtype());
  internal::channel_derivative(batch.layout, flat(g), flat(x), batch.mean, a, b,
                               flat(mul(batch.inverse, scale)), y);
  return y;
}

// The gradient of a parameter has the parameter's shape.
Tensor per_channel(const Tensor& g, const Shape& shape) {
  return reshape(sum(g, other_axes(shape)), {shape[1]});
}

}  // namespace

BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                           const BatchNormOptions& options) {
  check_input("batch_norm", x, options.eps);
  const Shape shape = x.shape();
  const internal::Channels layout = channels_of("batch_norm", shape);
  if (layout.count() < 2) {
    fail(ErrorKind::shape, "batch_norm",
         "x of shape {} has {} value(s) for each channel, which have no variance: use larger "
         "batches, leave out a last one so small (drop_last), or evaluation mode",
         shape, layout.count());
  }
  const Tensor by = parameter("batch_norm", "scale", scale, {layout.channels}, x, 1);
  const Tensor plus = parameter("batch_norm", "shift", shift, {layout.channels}, x, 0);
  const auto batch = std::make_shared<Batch>(Batch{layout, options.eps, {}, {}, {}});
  Tensor y;
  {
    const internal::ValuesOf values("batch_norm");
    if (internal::own_kernels()) {
      const Tensor in = flat(x);
      batch->mean = internal::empty_tensor("batch_norm", {layout.channels}, x.dtype());
      batch->variance = empty_like(batch->mean);
      internal::channel_statistics(layout, in, batch->mean, batch->variance);
      batch->inverse = div(1, sqrt(add(batch->variance, options.eps)));
      y = internal::empty_tensor("batch_norm", shape, x.dtype());
      internal::channel_normalize(layout, in, batch->mean, flat(mul(batch->inverse, by)),
                                  flat(plus), y);
    } else {
      const Normal normal(x, other_axes(shape), options.eps);
      batch->mean = reshape(normal.mean, {layout.channels});
      batch->variance = reshape(normal.variance, {layout.channels});
      y = add(mul(normal.x, reshape(by, wide(shape))), reshape(plus, wide(shape)));
    }
  }
  BatchNormResult result;
  // The caller's own, which may be written.
  result.mean = internal::contiguous_copy("batch_norm", batch->mean, batch->mean.dtype());
  result.variance = batch->variance;
  result.count = layout.count();
  result.y = record({"batch_norm", {{"eps", options.eps}}}, std::move(y),
                    wrt(x,
                        [batch, x = Saved(x), by = Saved(by)](const Tensor& g) {
                          if (!internal::composed()) return by_x(*batch, g, x, by);
                          const Tensor& from = x;
                          const Axes axes = other_axes(from.shape());
                          return Normal(from, axes, batch->eps)
                              .backward(mul(g, reshape(by, wide(from.shape()))), axes);
                        }),
                    wrt(scale,
                        [batch, x = Saved(x)](const Tensor& g) {
                          const Tensor& from = x;
                          if (internal::composed()) {
                            const Normal normal(from, other_axes(from.shape()), batch->eps);
                            return per_channel(mul(g, normal.x), from.shape());
                          }
                          batch->receive(g, from);
                          return mul(batch->of_product, batch->inverse);
                        }),
                    wrt(shift, [batch, x = Saved(x)](const Tensor& g) {
                      const Tensor& from = x;
                      if (internal::composed()) return per_channel(g, from.shape());
                      batch->receive(g, from);
                      return batch->of_gradient;
                    }));
  return result;
}

Tensor batch_norm(const Tensor& x, const BatchStatistics& statistics, const Tensor& scale,
                  const Tensor& shift, const BatchNormOptions& options) {
  check_input("batch_norm", x, options.eps);
  const Shape shape = x.shape();
  const internal::Channels layout = channels_of("batch_norm", shape);
  const std::int64_t channels = layout.channels;
  internal::operand("batch_norm", statistics.mean);
  internal::operand("batch_norm", statistics.variance);
  const Tensor mean = parameter("batch_norm", "mean", statistics.mean, {channels}, x, 0).detach();
  const Tensor variance =
      parameter("batch_norm", "variance", statistics.variance, {channels}, x, 1).detach();
  const Tensor by = parameter("batch_norm", "scale", scale, {channels}, x, 1);
  const Tensor plus = parameter("batch_norm", "shift", shift, {channels}, x, 0);
  Tensor y, inverse;
  {
    const internal::ValuesOf values("batch_norm");
    inverse = div(1, sqrt(add(variance, options.eps)));
    const Tensor factor = mul(inverse, by);
    if (internal::own_kernels()) {
      y = internal::empty_tensor("batch_norm", shape, x.dtype());
      internal::channel_normalize(layout, flat(x), flat(mean), flat(factor), flat(plus), y);
    } else {
      const Shape across = wide(shape);
      y = add(mul(sub(x, reshape(mean, across)), reshape(factor, across)), reshape(plus, across));
    }
  }
  return record(
      {"batch_norm", {{"eps", options.eps}}}, std::move(y),
      wrt(x, [by = Saved(by), inverse](
                 const Tensor& g) { return mul(g, reshape(mul(inverse, by), wide(g.shape()))); }),
      wrt(scale,
          [x = Saved(x), mean, inverse](const Tensor& g) {
            const Shape across = wide(g.shape());
            const Tensor normal = mul(sub(x, reshape(mean, across)), reshape(inverse, across));
            return per_channel(mul(g, normal), g.shape());
          }),
      wrt(shift, [](const Tensor& g) { return per_channel(g, g.shape()); }));
}

// --- rows

namespace {

// What the rows gave, and the derivatives that one pass computes for all inputs at once.
struct Rows {
  std::int64_t rows, width;
  std::array<bool, 3> wanted;  // by x, scale, shift
  Tensor mean = {}, inverse = {};
  internal::FoundTogether<3> derivatives = {};

  Tensor take(std::size_t which, const Tensor& g, const Tensor& x, const Tensor& scale) {
    return derivatives.take(which, g, [&](std::array<Tensor, 3>& found) {
      for (std::size_t i = 0; i < 3; ++i) {
        const Tensor& like = i == 0 ? x : scale;
        if (wanted[i]) found[i] = internal::empty_tensor("layer_norm", like.shape(), x.dtype());
      }
      internal::row_derivatives(rows, width, flat(g), flat(x), flat(scale), mean, inverse,
                                {found[0], found[1], found[2]});
    });
  }
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& scale,
                  const Tensor& shift, const LayerNormOptions& options) {
  check_input("layer_norm", x, options.eps);
  const Shape shape = x.shape();
  const int first = shape.rank() - normalized_shape.rank();
  bool fits = first >= 0 && !normalized_shape.empty();
  Axes axes;
  for (int i = 0; fits && i < normalized_shape.rank(); ++i) {
    fits = shape[first + i] == normalized_shape[i] && normalized_shape[i] > 0;
    axes.push_back(first + i);
  }
  if (!fits) {
    fail(ErrorKind::shape, "layer_norm",
         "normalized_shape {} is not the end of x's shape {}, with an element or more",
         normalized_shape, shape);
  }
  const std::int64_t width = normalized_shape.numel(), rows = x.numel() / width;
  const Tensor by = parameter("layer_norm", "scale", scale, normalized_shape, x, 1);
  const Tensor plus = parameter("layer_norm", "shift", shift, normalized_shape, x, 0);
  const auto needed = [](const Tensor& t) { return t.defined() && t.requires_grad(); };
  const auto found =
      std::make_shared<Rows>(Rows{rows, width, {needed(x), needed(scale), needed(shift)}});
  Tensor y;
  {
    const internal::ValuesOf values("layer_norm");
    if (internal::own_kernels()) {
      y = internal::empty_tensor("layer_norm", shape, x.dtype());
      found->mean = internal::empty_tensor("layer_norm", {rows}, x.dtype());
      found->inverse = empty_like(found->mean);
      internal::row_normalize(rows, width, options.eps, flat(x), flat(by), flat(plus), y,
                              found->mean, found->inverse);
    } else {
      y = add(mul(Normal(x, axes, options.eps).x, by), plus);
    }
  }
  const double eps = options.eps;
  return record({"layer_norm", {{"normalized_shape", normalized_shape}, {"eps", eps}}},
                std::move(y),
                wrt(x,
                    [found, x = Saved(x), by = Saved(by), axes, eps](const Tensor& g) {
                      const Tensor& from = x;
                      if (!internal::composed()) return found->take(0, g, from, by);
                      return Normal(from, axes, eps).backward(mul(g, by), axes);
                    }),
                wrt(scale,
                    [found, x = Saved(x), by = Saved(by), axes, eps](const Tensor& g) {
                      const Tensor& from = x;
                      if (!internal::composed()) return found->take(1, g, from, by);
                      return mul(g, Normal(from, axes, eps).x);
                    }),
                wrt(shift, [found, x = Saved(x), by = Saved(by)](const Tensor& g) {
                  if (!internal::composed()) return found->take(2, g, x, by);
                  return g;
                }));
}

}  // namespace attune
