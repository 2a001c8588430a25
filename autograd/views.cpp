// Views: new shapes and strides over the same storage.
#include "attune/ops/views.hpp"

#include <algorithm>
#include <optional>

#include "attune/ops/creation.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::checked_axis;
using internal::fail;
using internal::operand;
using internal::view_of;

namespace {

// `shape` with its one -1 computed, checked to have as many elements as x.
Shape completed(const Tensor& x, const Shape& shape) {
  Shape full = shape;
  int unknown = -1;
  std::int64_t known = 1;
  for (int i = 0; i < full.rank(); ++i) {
    if (full[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (full[i] < 0) {
      fail(ErrorKind::shape, "reshape", "the shape {} has more than one unknown or a negative size",
           shape);
    } else if (full[i] > 0 && known > std::max<std::int64_t>(x.numel(), 1) / full[i]) {
      fail(ErrorKind::shape, "reshape", "shape {} has more elements than {}, which has {}", shape,
           x.shape(), x.numel());
    } else {
      known *= full[i];
    }
  }
  if (unknown >= 0 && known > 0 && x.numel() % known == 0) full[unknown] = x.numel() / known;
  if ((unknown >= 0 && full[unknown] < 0) || full.numel() != x.numel()) {
    fail(ErrorKind::shape, "reshape", "{} elements of shape {} do not fill shape {}", x.numel(),
         x.shape(), shape);
  }
  return full;
}

// Strides by which x reads as `shape`, if there are any.
std::optional<Shape> strides_for(const Tensor& x, const Shape& shape) {
  if (x.is_contiguous()) return internal::row_major(shape);
  const Shape own[] = {x.strides()};
  const internal::Loop merged = internal::make_loop(x.shape(), own);
  Shape strides = shape;
  int block = merged.rank - 1;
  std::int64_t left = merged.sizes[block];
  std::int64_t stride = merged.strides[0][block];
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 1) {
      strides[i] = stride;
      continue;
    }
    if (left == 1 && block > 0) {
      --block;
      left = merged.sizes[block];
      stride = merged.strides[0][block];
    }
    if (left % shape[i] != 0) return std::nullopt;
    strides[i] = stride;
    stride *= shape[i];
    left /= shape[i];
  }
  return strides;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  operand("reshape", x);
  const Shape full = completed(x, shape);
  const std::optional<Shape> strides = strides_for(x, full);
  Tensor result;
  if (strides) {
    result = view_of(x, full, *strides, 0);
  } else {
    const Tensor copy = internal::contiguous_copy("reshape", x, x.dtype());
    result = view_of(copy, full, internal::row_major(full), 0);
  }
  return record({"reshape", {{"shape", full}}}, std::move(result),
                wrt(x, [like = Outline(x)](const Tensor& g) { return reshape(g, like.shape()); }));
}

Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1) {
  operand("transpose", x);
  const int a = checked_axis("transpose", axis0, x.dim());
  const int b = checked_axis("transpose", axis1, x.dim());
  Shape shape = x.shape();
  Shape strides = x.strides();
  std::swap(shape[a], shape[b]);
  std::swap(strides[a], strides[b]);
  return record({"transpose", {{"axis0", a}, {"axis1", b}}}, view_of(x, shape, strides, 0),
                wrt(x, [a, b](const Tensor& g) { return transpose(g, a, b); }));
}

Tensor t(const Tensor& x) {
  if (operand("t", x).shape.rank() > 2) {
    fail(ErrorKind::shape, "t", "shape {} has more than two axes: use transpose", x.shape());
  }
  return x.dim() < 2 ? x : transpose(x, 0, 1);
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  operand("unsqueeze", x);
  const int at = checked_axis("unsqueeze", axis, x.dim() + 1);
  Shape shape = x.shape();
  Shape strides = x.strides();
  shape.insert(at, 1);
  strides.insert(at, 1);
  return record({"unsqueeze", {{"axis", at}}}, view_of(x, shape, strides, 0),
                wrt(x, [like = Outline(x)](const Tensor& g) { return reshape(g, like.shape()); }));
}

Tensor expand(const Tensor& x, const Shape& shape) {
  operand("expand", x);
  if (broadcast_shapes("expand", x.shape(), shape) != shape) {
    fail(ErrorKind::shape, "expand", "shape {} does not broadcast to {}", x.shape(), shape);
  }
  return record({"expand", {{"shape", shape}}},
                view_of(x, shape, internal::broadcast_strides(x.shape(), x.strides(), shape), 0),
                wrt(x, [](const Tensor& g) { return g; }));
}

namespace {

// Entries start, start + step, ... along `axis` of x, `count` of them.
Tensor slice_view(const Tensor& x, int axis, std::int64_t start, std::int64_t count,
                  std::int64_t step) {
  Shape shape = x.shape();
  Shape strides = x.strides();
  shape[axis] = count;
  const std::int64_t offset = count > 0 ? start * strides[axis] : 0;
  strides[axis] *= step;
  return view_of(x, shape, strides, offset);
}

Tensor strided_slice(const Tensor& x, int axis, std::int64_t start, std::int64_t count,
                     std::int64_t step);

// The reverse of strided_slice: zeros of `shape` with g in the place of the slice.
Tensor into_slice(const Tensor& g, const Shape& shape, int axis, std::int64_t start,
                  std::int64_t step) {
  Tensor result = zeros(shape, g.dtype());
  Tensor place = slice_view(result, axis, start, g.shape()[axis], step);
  internal::copy(g, place);
  const std::int64_t count = g.shape()[axis];
  return record({"into_slice", {{"axis", axis}, {"start", start}, {"step", step}}},
                std::move(result), wrt(g, [axis, start, count, step](const Tensor& h) {
                  return strided_slice(h, axis, start, count, step);
                }));
}

Tensor strided_slice(const Tensor& x, int axis, std::int64_t start, std::int64_t count,
                     std::int64_t step) {
  return record({"slice", {{"axis", axis}, {"start", start}, {"count", count}, {"step", step}}},
                slice_view(x, axis, start, count, step),
                wrt(x, [like = Outline(x), axis, start, step](const Tensor& g) {
                  return into_slice(g, like.shape(), axis, start, step);
                }));
}

}  // namespace

Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end,
             std::int64_t step) {
  operand("slice", x);
  const int at = checked_axis("slice", axis, x.dim());
  if (step < 1) fail(ErrorKind::value, "slice", "the step is {}: it must be at least 1", step);
  const std::int64_t size = x.shape()[at];
  const auto clamped = [size](std::int64_t index) {
    return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
  };
  const std::int64_t first = clamped(start);
  const std::int64_t length = std::max<std::int64_t>(clamped(end) - first, 0);
  return strided_slice(x, at, first, length / step + (length % step != 0), step);
}

Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length) {
  operand("narrow", x);
  const int at = checked_axis("narrow", axis, x.dim());
  const std::int64_t size = x.shape()[at];
  const std::int64_t first = start < 0 ? start + size : start;
  if (length < 0 || first < 0 || first > size || length > size - first) {
    fail(ErrorKind::index, "narrow", "{} entries from {} are not all within the {} of axis {} of {}",
         length, start, size, at, x.shape());
  }
  return strided_slice(x, at, first, length, 1);
}

Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index) {
  operand("select", x);
  const int at = checked_axis("select", axis, x.dim());
  const std::int64_t size = x.shape()[at];
  const std::int64_t entry = index < 0 ? index + size : index;
  if (entry < 0 || entry >= size) {
    fail(ErrorKind::index, "select", "index {} is outside the {} entries of axis {} of shape {}",
         index, size, at, x.shape());
  }
  const Tensor one = strided_slice(x, at, entry, 1, 1);
  Shape shape = one.shape();
  shape.erase(at);
  return reshape(one, shape);
}

}  // namespace attune
