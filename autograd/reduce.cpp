// Reductions and their reverse, broadcasting.
#include "attune/ops/reduce.hpp"

#include "attune/ops/binary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/reduce.hpp"

namespace attune {

using internal::fail;

namespace {

// Another shape for the fresh result of a kernel.
Tensor reshaped(const Tensor& fresh, const Shape& shape) {
  if (fresh.shape() == shape) return fresh;
  return internal::view_of(fresh, shape, internal::row_major(shape), 0);
}

// The gradient of a reduction spread over the shape that was reduced.
Tensor spread(const Tensor& g, const Shape& kept, const Shape& shape) {
  return expand(reshape(g, kept), shape);
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  const Shape shape = internal::operand("sum", x).shape;
  const internal::ReducedAxes reduced = internal::reduced_axes("sum", shape, axes);
  Tensor kept = internal::sum_keepdim("sum", x, reduced);
  if (kept.impl() == x.impl()) kept = internal::view_of(x, shape, x.strides(), 0);
  const Shape with_ones = reduced.shape_of(shape, true);
  return record({"sum", {{"axes", axes}, {"keepdim", keepdim}}},
                reshaped(kept, reduced.shape_of(shape, keepdim)),
                wrt(x, [with_ones, like = Outline(x)](const Tensor& g) {
                  return spread(g, with_ones, like.shape());
                }));
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  const Shape shape = internal::operand("mean", x).shape;
  const std::int64_t count = internal::reduced_axes("mean", shape, axes).count;
  if (count == 0) {
    fail(ErrorKind::shape, "mean", "shape {} leaves nothing to average over axes {}", shape,
         Shape(axes));
  }
  return div(sum(x, axes, keepdim), static_cast<double>(count));
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  const Shape wide = internal::operand("sum_to", x).shape;
  if (wide == shape) return x;
  const int shift = wide.rank() - shape.rank();
  internal::ReducedAxes stretched;
  for (int i = 0; i < wide.rank(); ++i) {
    const std::int64_t size = i < shift ? 1 : shape[i - shift];
    stretched.reduced[i] = i < shift || (size == 1 && wide[i] != 1);
    if (shift < 0 || (!stretched.reduced[i] && size != wide[i])) {
      fail(ErrorKind::shape, "sum_to", "shape {} does not broadcast to {}", shape, wide);
    }
  }
  return record({"sum_to", {{"shape", shape}}},
                reshaped(internal::sum_keepdim("sum_to", x, stretched), shape),
                wrt(x, [like = Outline(x)](const Tensor& g) { return expand(g, like.shape()); }));
}

}  // namespace attune
