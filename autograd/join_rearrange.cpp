// One tensor repeated, turned or cut.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "attune/inside.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/join.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::checked_axis;
using internal::fail;
using internal::operand;
using internal::row_major;
using internal::view_of;

namespace {

// x read as [outer, inner], each row `count` times in a row, as `shape`.
Tensor repeat_rows(const Op& op, const Tensor& x, std::int64_t inner, std::int64_t count,
                   const Shape& shape) {
  const std::int64_t outer = inner > 0 ? x.numel() / inner : 0;
  const Tensor from = internal::as_contiguous(op.name, x, x.dtype());
  const Tensor rows = view_of(from, {outer, count, inner}, {inner, 0, 1}, 0);
  const Tensor result = internal::contiguous_copy(op.name, rows, x.dtype());
  return record(op, view_of(result, shape, row_major(shape), 0),
                wrt(x, [outer, inner, count, like = Outline(x)](const Tensor& g) {
                  return reshape(sum(reshape(g, {outer, count, inner}), 1), like.shape());
                }));
}

// The size that counts[i] copies of shape[i] have; refuses a negative count.
std::int64_t multiplied(const char* operation, const Shape& shape, int axis, std::int64_t count) {
  if (count < 0) {
    fail(ErrorKind::value, operation, "the count {} for axis {} of shape {} is negative", count,
         axis, shape);
  }
  constexpr std::int64_t most = std::int64_t{1} << 46;
  if (count > 0 && shape[axis] > most / count) {
    fail(ErrorKind::memory, operation,
         "{} copies of axis {} of shape {} are more than any machine holds", count, axis, shape);
  }
  return shape[axis] * count;
}

Tensor repeated(const char* operation, const Tensor& x, const Shape& counts) {
  Tensor result = x;
  while (result.dim() < counts.rank()) result = unsqueeze(result, 0);
  for (int axis = 0; axis < counts.rank(); ++axis) {
    Shape shape = result.shape();
    const std::int64_t size = multiplied(operation, shape, axis, counts[axis]);
    if (counts[axis] == 1) continue;
    std::int64_t inner = 1;
    for (int i = axis; i < shape.rank(); ++i) inner *= shape[i];
    shape[axis] = size;
    result = repeat_rows({operation, {{"counts", counts}, {"axis", axis}}}, result, inner,
                         counts[axis], shape);
  }
  return result.shares_storage(x) ? result.clone() : result;
}

}  // namespace

Tensor repeat(const Tensor& x, const Shape& counts) {
  if (operand("repeat", x).shape.rank() > counts.rank()) {
    fail(ErrorKind::shape, "repeat", "counts {} are fewer than the axes of shape {}: use tile",
         counts, x.shape());
  }
  return repeated("repeat", x, counts);
}

Tensor tile(const Tensor& x, const Shape& counts) {
  operand("tile", x);
  Shape full = counts;
  while (full.rank() < x.dim()) full.insert(0, 1);
  return repeated("tile", x, full);
}

Tensor repeat_interleave(const Tensor& x, std::int64_t count, std::int64_t axis) {
  operand("repeat_interleave", x);
  const int at = checked_axis("repeat_interleave", axis, x.dim());
  Shape shape = x.shape();
  shape[at] = multiplied("repeat_interleave", shape, at, count);
  std::int64_t inner = 1;
  for (int i = at + 1; i < shape.rank(); ++i) inner *= shape[i];
  return repeat_rows({"repeat_interleave", {{"count", count}, {"axis", at}}}, x, inner, count,
                     shape);
}

Tensor repeat_interleave(const Tensor& x, std::int64_t count) {
  return repeat_interleave(reshape(x, {operand("repeat_interleave", x).numel}), count, 0);
}

Tensor repeat_interleave(const Tensor& x, const Tensor& counts, std::int64_t axis) {
  const internal::Inside called("repeat_interleave");
  operand("repeat_interleave", x);
  operand("repeat_interleave", counts);
  const int at = checked_axis("repeat_interleave", axis, x.dim());
  if (is_floating(counts.dtype()) || counts.dtype() == boolean) {
    fail(ErrorKind::dtype, "repeat_interleave", "the counts are {}: convert them with to(i64)",
         counts.dtype());
  }
  if (counts.dim() != 1 || counts.numel() != x.shape()[at]) {
    fail(ErrorKind::shape, "repeat_interleave", "counts of shape {} for the {} entries of axis {}",
         counts.shape(), x.shape()[at], at);
  }
  const Tensor wide = internal::as_contiguous("repeat_interleave", counts, i64);
  internal::PooledList<std::int64_t> entries;
  for (std::int64_t i = 0; i < wide.numel(); ++i) {
    const std::int64_t count = internal::data<std::int64_t>(wide)[i];
    multiplied("repeat_interleave", x.shape(), at, count);
    entries.insert(entries.end(), static_cast<std::size_t>(count), i);
  }
  return index_select(x, at, tensor(std::span(entries)));
}

Tensor flip(const Tensor& x, const Axes& axes) {
  const Shape& shape = operand("flip", x).shape;
  Shape strides = x.strides();
  std::int64_t offset = 0;
  bool flipped[max_rank] = {};
  for (std::int64_t axis : axes) {
    bool& named = flipped[checked_axis("flip", axis, shape.rank())];
    if (named) internal::fail(ErrorKind::value, "flip", "axis {} is named twice", axis);
    named = true;
  }
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 0 || (!axes.empty() && !flipped[i])) continue;
    offset += (shape[i] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  if (x.numel() == 0) offset = 0;
  return record({"flip", {{"axes", axes}}},
                internal::contiguous_copy("flip", view_of(x, shape, strides, offset), x.dtype()),
                wrt(x, [axes](const Tensor& g) { return flip(g, axes); }));
}

namespace {

Tensor along(const Tensor& x, int axis, std::int64_t start, std::int64_t length) {
  Shape shape = x.shape();
  shape[axis] = length;
  return view_of(x, shape, x.strides(), length > 0 ? start * x.strides()[axis] : 0);
}

Tensor roll_axis(const Tensor& x, std::int64_t shift, int axis) {
  const std::int64_t size = x.shape()[axis];
  const std::int64_t by = size > 0 ? (shift % size + size) % size : 0;
  Tensor result = internal::empty_tensor("roll", x.shape(), x.dtype());
  Tensor front = along(result, axis, 0, by), back = along(result, axis, by, size - by);
  internal::copy(along(x, axis, size - by, by), front);
  internal::copy(along(x, axis, 0, size - by), back);
  return record({"roll", {{"shift", shift}, {"axis", axis}}}, std::move(result),
                wrt(x, [by, axis](const Tensor& g) { return roll_axis(g, -by, axis); }));
}

}  // namespace

Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes) {
  operand("roll", x);
  if (shifts.rank() != axes.rank()) {
    fail(ErrorKind::value, "roll", "{} shifts for {} axes: {} and {}", shifts.rank(), axes.rank(),
         shifts, Shape(axes));
  }
  Tensor result = axes.empty() ? x.clone() : x;
  for (int i = 0; i < axes.rank(); ++i) {
    result = roll_axis(result, shifts[i], checked_axis("roll", axes[i], x.dim()));
  }
  return result;
}

Tensor roll(const Tensor& x, std::int64_t shift) {
  const Shape shape = operand("roll", x).shape;
  return reshape(roll_axis(reshape(x, {x.numel()}), shift, 0), shape);
}

Tensor contiguous(const Tensor& x) { return x.contiguous(); }

namespace {

// Row i of each matrix keeps columns [from(i), to(i)).
template <class Kept>
Tensor triangle(const char* operation, const Tensor& x, Kept kept) {
  const Shape& shape = operand(operation, x).shape;
  if (shape.rank() < 2) {
    fail(ErrorKind::shape, operation, "shape {} is no matrix: at least two axes", shape);
  }
  const std::int64_t rows = shape[shape.rank() - 2], columns = shape.back();
  Tensor y = internal::contiguous_copy(operation, x, x.dtype());
  if (y.numel() == 0) return y;
  const std::int64_t together = std::max<std::int64_t>(1, internal::elementwise_chunk / columns);
  const std::int64_t all = y.numel() / columns;
  internal::visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* const elements = internal::data<T>(y);
    internal::parallel_for((all + together - 1) / together, y.numel(), [&](std::int64_t chunk) {
      for (std::int64_t r = chunk * together; r < std::min(all, (chunk + 1) * together); ++r) {
        const auto [begin, end] = kept(r % rows);
        T* const row = elements + r * columns;
        std::fill(row, row + std::clamp<std::int64_t>(begin, 0, columns), T(0));
        std::fill(row + std::clamp<std::int64_t>(end, 0, columns), row + columns, T(0));
      }
    });
  });
  return y;
}

using Columns = std::pair<std::int64_t, std::int64_t>;

// An offset beyond any matrix is as good as one at its corner.
std::int64_t bounded(std::int64_t offset) {
  constexpr std::int64_t most = std::int64_t{1} << 46;
  return std::clamp(offset, -most, most);
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t offset) {
  return record(
      {"tril", {{"offset", offset}}},
      triangle("tril", x,
               [by = bounded(offset)](std::int64_t row) { return Columns(0, row + by + 1); }),
      wrt(x, [offset](const Tensor& g) { return tril(g, offset); }));
}

Tensor triu(const Tensor& x, std::int64_t offset) {
  return record({"triu", {{"offset", offset}}},
                triangle("triu", x,
                         [by = bounded(offset)](std::int64_t row) {
                           return Columns(row + by, std::numeric_limits<std::int64_t>::max());
                         }),
                wrt(x, [offset](const Tensor& g) { return triu(g, offset); }));
}

Tensor diag(const Tensor& x, std::int64_t offset) {
  const internal::Inside called("diag");
  const Shape& shape = operand("diag", x).shape;
  if (shape.rank() == 2) return diagonal(x, offset).clone();
  if (shape.rank() != 1) {
    fail(ErrorKind::shape, "diag", "shape {} is neither a vector nor a matrix: use diagonal",
         shape);
  }
  const std::int64_t size = shape[0] + std::abs(bounded(offset));
  Tensor result = zeros({size, size}, x.dtype());
  Tensor place = view_of(result, shape, {size + 1},
                         x.numel() == 0 ? 0
                         : offset < 0   ? -offset * size
                                        : offset);
  internal::copy(x, place);
  return record({"diag", {{"offset", offset}}}, std::move(result),
                wrt(x, [offset](const Tensor& g) { return diagonal(g, offset); }));
}

}  // namespace attune
