// Extrema, their positions, the median.
#include "attune/mode.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/choose.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/reduce.hpp"

namespace attune {

using internal::Choice;
using internal::operand;
using internal::reduced_axes;
using internal::ReducedAxes;

namespace {

using Reduction = Tensor (*)(const char* operation, const Tensor& x, const ReducedAxes& axes,
                             bool keepdim);

Tensor extremum(const char* operation, Reduction reduction, const Tensor& x, const Axes& axes,
                bool keepdim) {
  const Shape& shape = operand(operation, x).shape;
  const ReducedAxes reduced = reduced_axes(operation, shape, axes);
  internal::require_entries(operation, shape, reduced);
  return record({operation, {{"axes", axes}, {"keepdim", keepdim}}},
                reduction(operation, x, reduced, keepdim),
                wrt(x, [reduced, x = Saved(x)](const Tensor& g, const Tensor& y) {
                  const Tensor& from = x;
                  const Shape kept = reduced.shape_of(from.shape(), true);
                  Tensor shares;
                  {
                    const NoGrad piecewise_constant;
                    const Tensor ties = eq(from, reshape(y, kept)).to(g.dtype());
                    Axes along;
                    for (int i = 0; i < kept.rank(); ++i) {
                      if (reduced.reduced[i]) along.push_back(i);
                    }
                    shares = along.empty() ? ties : div(ties, sum(ties, along, true));
                  }
                  return mul(reshape(g, kept), shares);
                }));
}

// x as one group: along `axis`, or all of it.
internal::Group along(const char* operation, const Tensor& x, int axis) {
  const Shape& shape = x.shape();
  internal::Group group;
  ReducedAxes reduced;
  for (int i = 0; i < shape.rank(); ++i) {
    (i < axis ? group.outer : i == axis ? group.count : group.inner) *= shape[i];
  }
  if (axis < shape.rank()) reduced.reduced[axis] = true;
  reduced.count = group.count;
  internal::require_entries(operation, shape, reduced);
  return group;
}

internal::Group whole(const char* operation, const Tensor& x) {
  internal::require_entries(operation, x.shape(), reduced_axes(operation, x.shape(), {}));
  return {1, x.numel(), 1};
}

Shape without(Shape shape, int axis, bool keepdim) {
  if (keepdim)
    shape[axis] = 1;
  else
    shape.erase(axis);
  return shape;
}

Tensor reshaped(const Tensor& fresh, const Shape& shape) {
  return internal::view_of(fresh, shape, internal::row_major(shape), 0);
}

// The elements of x, read as the group, at the positions [outer, inner].
Tensor taken(const char* operation, const Tensor& x, const internal::Group& group,
             const Tensor& positions) {
  const Tensor from = internal::as_contiguous(operation, x, x.dtype());
  Tensor result = internal::empty_tensor(operation, positions.shape(), x.dtype());
  const std::int64_t* const at = internal::data<std::int64_t>(positions);
  internal::visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const elements = internal::data<T>(from);
    T* const to = internal::data<T>(result);
    for (std::int64_t i = 0; i < group.outer; ++i) {
      for (std::int64_t j = 0; j < group.inner; ++j) {
        const std::int64_t k = i * group.inner + j;
        to[k] = elements[(i * group.count + at[k]) * group.inner + j];
      }
    }
  });
  return result;
}

ValuesAndIndices choice(const char* operation, Choice which, const Tensor& x, std::int64_t named,
                        bool keepdim) {
  const Shape shape = operand(operation, x).shape;
  const int axis = internal::checked_axis(operation, named, shape.rank());
  const internal::Group group = along(operation, x, axis);
  const Tensor positions = internal::choose(operation, which, x, group);
  const Shape result = without(shape, axis, keepdim);
  const Tensor kept = reshaped(positions, without(shape, axis, true));
  Tensor values =
      record({operation, {{"axis", axis}, {"keepdim", keepdim}}},
             reshaped(taken(operation, x, group, positions), result),
             wrt(x, [kept = Saved(kept), axis, like = Outline(x)](const Tensor& g) {
               const Tensor& at = kept;
               return scatter_add(zeros(like.shape(), g.dtype()), axis, at, reshape(g, at.shape()));
             }));
  return {std::move(values),
          record({operation, {{"axis", axis}, {"keepdim", keepdim}, {"result", "indices"}}},
                 reshaped(positions, result), constant(x))};
}

Tensor position(const char* operation, Choice which, const Tensor& x, std::int64_t named,
                bool keepdim) {
  const int axis = internal::checked_axis(operation, named, operand(operation, x).shape.rank());
  const Tensor positions = internal::choose(operation, which, x, along(operation, x, axis));
  return record({operation, {{"axis", axis}, {"keepdim", keepdim}}},
                reshaped(positions, without(x.shape(), axis, keepdim)), constant(x));
}

Tensor position(const char* operation, Choice which, const Tensor& x) {
  operand(operation, x);
  return record(operation, reshaped(internal::choose(operation, which, x, whole(operation, x)), {}),
                constant(x));
}

}  // namespace

Tensor amax(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("amax", internal::max_over, x, axes, keepdim);
}
Tensor amin(const Tensor& x, const Axes& axes, bool keepdim) {
  return extremum("amin", internal::min_over, x, axes, keepdim);
}
Tensor max(const Tensor& x) { return extremum("max", internal::max_over, x, {}, false); }
Tensor min(const Tensor& x) { return extremum("min", internal::min_over, x, {}, false); }

ValuesAndIndices max(const Tensor& x, std::int64_t axis, bool keepdim) {
  return choice("max", Choice::largest, x, axis, keepdim);
}
ValuesAndIndices min(const Tensor& x, std::int64_t axis, bool keepdim) {
  return choice("min", Choice::smallest, x, axis, keepdim);
}
ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim) {
  return choice("median", Choice::middle, x, axis, keepdim);
}
Tensor median(const Tensor& x) {
  operand("median", x);
  whole("median", x);
  return median(reshape(x, {x.numel()}), 0).values;
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  return position("argmax", Choice::largest, x, axis, keepdim);
}
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim) {
  return position("argmin", Choice::smallest, x, axis, keepdim);
}
Tensor argmax(const Tensor& x) { return position("argmax", Choice::largest, x); }
Tensor argmin(const Tensor& x) { return position("argmin", Choice::smallest, x); }

}  // namespace attune
