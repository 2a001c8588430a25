// Normalization over channels: fused loops, and the same in attune operations where a derivative is
// recorded.
#include <memory>
#include <utility>

#include "attune/inside.hpp"
#include "attune/ops/norm.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/found_together.hpp"
#include "autograd/norm_loops.hpp"
#include "autograd/normalizing.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::fail;
using namespace internal::normalizing;

namespace {

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
  Tensor mean, rest, variance, inverse;
  Tensor of_gradient = {}, of_product = {};
  internal::ArrivedGradient arrived = {};

  void receive(const Tensor& g, const Tensor& x) {
    if (arrived.is(g)) return;
    arrived.forget();  // before what may fail half way
    of_gradient = empty_like(mean);
    of_product = empty_like(mean);
    internal::channel_gradient_sums(layout, flat(g), flat(x), mean, rest, of_gradient, of_product);
    arrived.set(g);
  }
};

Tensor by_x(Batch& batch, const Tensor& g, const Tensor& x, const Tensor& scale) {
  batch.receive(g, x);
  const double count = static_cast<double>(batch.layout.count());
  const Tensor a = div(batch.of_gradient, count);
  const Tensor b = mul(div(batch.of_product, count), square(batch.inverse));
  // g - a - (x - mean - rest) b
  const Tensor a_and_rest = sub(a, mul(batch.rest, b));
  Tensor y = internal::empty_tensor("batch_norm", x.shape(), x.dtype());
  internal::channel_derivative(batch.layout, flat(g), flat(x), batch.mean, flat(a_and_rest), b,
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
  const internal::Inside called("batch_norm");
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
  const auto batch = internal::make_pooled(Batch{layout, options.eps, {}, {}, {}, {}});
  Tensor y;
  {
    const internal::ValuesOf values("batch_norm");
    if (internal::own_kernels()) {
      const Tensor in = flat(x);
      batch->mean = internal::empty_tensor("batch_norm", {layout.channels}, x.dtype());
      batch->rest = empty_like(batch->mean);
      batch->variance = empty_like(batch->mean);
      internal::channel_statistics(layout, in, batch->mean, batch->rest, batch->variance);
      batch->inverse = div(1, sqrt(add(batch->variance, options.eps)));
      y = internal::empty_tensor("batch_norm", shape, x.dtype());
      // (x - mean - rest) factor + shift
      const Tensor factor = mul(batch->inverse, by);
      internal::channel_normalize(layout, in, batch->mean, flat(factor),
                                  flat(sub(plus, mul(batch->rest, factor))), y);
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
  const internal::Inside called("batch_norm");
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

}  // namespace attune
