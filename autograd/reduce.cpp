// Sums, products, counts, and the reverse of broadcasting.
#include "attune/ops/reduce.hpp"

#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/join.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/reduce.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::fail;
using internal::operand;
using internal::reduced_axes;
using internal::ReducedAxes;

namespace {

// The gradient of a reduction spread over the shape that was reduced.
Tensor spread(const Tensor& g, const Shape& kept, const Shape& shape) {
  return expand(reshape(g, kept), shape);
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  const Shape& shape = operand("sum", x).shape;
  const ReducedAxes reduced = reduced_axes("sum", shape, axes);
  return record({"sum", {{"axes", axes}, {"keepdim", keepdim}}},
                internal::sum_over("sum", x, reduced, keepdim),
                wrt(x, [reduced, like = Outline(x)](const Tensor& g) {
                  return spread(g, reduced.shape_of(like.shape(), true), like.shape());
                }));
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  const Shape& shape = operand("mean", x).shape;
  const ReducedAxes reduced = reduced_axes("mean", shape, axes);
  internal::require_entries("mean", shape, reduced);
  // A sum of i64 may leave their range where the mean does not.
  const Tensor total = internal::sum_over(
      "mean", x.dtype() == i64 ? internal::contiguous_copy("mean", x, f64) : x, reduced, keepdim);
  const DType dtype = floating(x.dtype());
  return record({"mean", {{"axes", axes}, {"keepdim", keepdim}}},
                internal::zip("mean", internal::general::div, internal::Binary::div, total,
                              scalar_tensor(reduced.count, dtype), dtype),
                wrt(x, [reduced, like = Outline(x)](const Tensor& g) {
                  return spread(div(g, reduced.count), reduced.shape_of(like.shape(), true),
                                like.shape());
                }));
}

namespace {

// In each row of x [rows, n], for each entry the product of the others. Pairs are multiplied up a
// tree and the products from outside a pair handed down it: O(n), and no division.
Tensor products_of_others(const Tensor& x) {
  const std::int64_t rows = x.size(0), n = x.size(1);
  if (n == 1) return ones_like(x);
  const bool odd = n % 2 != 0;
  const std::int64_t half = (n + 1) / 2;
  const Tensor even = odd ? cat({x, ones({rows, 1}, x.dtype())}, 1) : x;
  const Tensor pairs = reshape(even, {rows, half, 2});
  const Tensor outside = products_of_others(mul(select(pairs, 2, 0), select(pairs, 2, 1)));
  const Tensor others = reshape(mul(unsqueeze(outside, 2), flip(pairs, 2)), {rows, 2 * half});
  return odd ? narrow(others, 1, 0, n) : others;
}

Tensor prod_backward(const Tensor& g, const Tensor& x, const ReducedAxes& reduced) {
  const Shape& shape = x.shape();
  if (x.numel() == 0) return zeros_like(x);
  Axes order;  // the reduced axes last
  Shape inverse = shape;
  for (bool last : {false, true}) {
    for (int i = 0; i < shape.rank(); ++i) {
      if (reduced.reduced[i] != last) continue;
      inverse[i] = order.rank();
      order.push_back(i);
    }
  }
  const Tensor moved = permute(x, order);
  const Tensor others =
      products_of_others(reshape(moved, {x.numel() / reduced.count, reduced.count}));
  Axes back;
  for (std::int64_t place : inverse) back.push_back(place);
  return mul(spread(g, reduced.shape_of(shape, true), shape),
             permute(reshape(others, moved.shape()), back));
}

}  // namespace

Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  const ReducedAxes reduced = reduced_axes("prod", operand("prod", x).shape, axes);
  return record(
      {"prod", {{"axes", axes}, {"keepdim", keepdim}}},
      internal::prod_over("prod", x, reduced, keepdim),
      wrt(x, [reduced, x = Saved(x)](const Tensor& g) { return prod_backward(g, x, reduced); }));
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  const Shape wide = operand("sum_to", x).shape;
  if (wide == shape) return x;
  const int shift = wide.rank() - shape.rank();
  ReducedAxes stretched;
  for (int i = 0; i < wide.rank(); ++i) {
    const std::int64_t size = i < shift ? 1 : shape[i - shift];
    stretched.reduced[i] = i < shift || (size == 1 && wide[i] != 1);
    if (shift < 0 || (!stretched.reduced[i] && size != wide[i])) {
      fail(ErrorKind::shape, "sum_to", "shape {} does not broadcast to {}", shape, wide);
    }
  }
  Tensor result = internal::sum_over("sum_to", x, stretched, true);
  if (shift > 0) result = internal::view_of(result, shape, internal::row_major(shape), 0);
  return record({"sum_to", {{"shape", shape}}}, std::move(result),
                wrt(x, [like = Outline(x)](const Tensor& g) { return expand(g, like.shape()); }));
}

namespace {

// The counts of elements that differ from 0, compared with `least`: bool.
Tensor at_least(const char* operation, const Tensor& x, const Axes& axes, bool keepdim,
                bool every) {
  const ReducedAxes reduced = reduced_axes(operation, operand(operation, x).shape, axes);
  const Tensor counts = internal::count_over(operation, x, reduced, keepdim);
  Tensor result = internal::empty_tensor(operation, counts.shape(), boolean);
  const std::int64_t least = every ? reduced.count : 1;
  const std::int64_t* const count = internal::data<std::int64_t>(counts);
  bool* const answer = internal::data<bool>(result);
  for (std::int64_t i = 0; i < counts.numel(); ++i) answer[i] = count[i] >= least;
  return record({operation, {{"axes", axes}, {"keepdim", keepdim}}}, std::move(result),
                constant(x));
}

}  // namespace

Tensor any(const Tensor& x, const Axes& axes, bool keepdim) {
  return at_least("any", x, axes, keepdim, false);
}

Tensor all(const Tensor& x, const Axes& axes, bool keepdim) {
  return at_least("all", x, axes, keepdim, true);
}

Tensor count_nonzero(const Tensor& x, const Axes& axes, bool keepdim) {
  const ReducedAxes reduced =
      reduced_axes("count_nonzero", operand("count_nonzero", x).shape, axes);
  return record({"count_nonzero", {{"axes", axes}, {"keepdim", keepdim}}},
                internal::count_over("count_nonzero", x, reduced, keepdim), constant(x));
}

}  // namespace attune
