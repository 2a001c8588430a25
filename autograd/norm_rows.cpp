// Normalization over rows: one pass over a row in the first-level cache, and the same in attune
// operations where a derivative is recorded.
#include <array>
#include <memory>
#include <utility>

#include "attune/inside.hpp"
#include "attune/ops/norm.hpp"
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

// What the rows gave, and the derivatives that one pass computes for all inputs at once.
struct Rows {
  std::int64_t rows, width;
  std::array<bool, 3> wanted;  // by x, scale, shift
  internal::RowStatistics statistics = {};
  internal::FoundTogether<3> derivatives = {};

  Tensor take(std::size_t which, const Tensor& g, const Tensor& x, const Tensor& scale) {
    return derivatives.take(which, g, [&](std::array<Tensor, 3>& found) {
      for (std::size_t i = 0; i < 3; ++i) {
        const Tensor& like = i == 0 ? x : scale;
        if (wanted[i]) found[i] = internal::empty_tensor("layer_norm", like.shape(), x.dtype());
      }
      internal::row_derivatives(rows, width, flat(g), flat(x), flat(scale), statistics,
                                {found[0], found[1], found[2]});
    });
  }
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& scale,
                  const Tensor& shift, const LayerNormOptions& options) {
  const internal::Inside called("layer_norm");
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
      internal::make_pooled(Rows{rows, width, {needed(x), needed(scale), needed(shift)}});
  Tensor y;
  {
    const internal::ValuesOf values("layer_norm");
    if (internal::own_kernels()) {
      y = internal::empty_tensor("layer_norm", shape, x.dtype());
      const Tensor mean = internal::empty_tensor("layer_norm", {rows}, x.dtype());
      found->statistics = {mean, empty_like(mean), empty_like(mean)};
      internal::row_normalize(rows, width, options.eps, flat(x), flat(by), flat(plus), y,
                              found->statistics);
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
