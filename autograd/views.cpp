// Views with another shape or another order of the axes.
#include "attune/ops/views.hpp"

#include <algorithm>
#include <optional>

#include "attune/inside.hpp"
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
Shape completed(const char* operation, const Tensor& x, const Shape& shape) {
  Shape full = shape;
  int unknown = -1;
  std::int64_t known = 1;
  const bool empty = std::ranges::find(shape, 0) != shape.end();
  for (int i = 0; i < full.rank(); ++i) {
    if (full[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (full[i] < 0) {
      fail(ErrorKind::shape, operation, "the shape {} has more than one unknown or a negative size",
           shape);
    } else if (!empty && (x.numel() > 0 ? known > x.numel() / full[i]
                                        : known > internal::most_bytes / full[i])) {
      fail(ErrorKind::shape, operation, "shape {} has more elements than {}, which has {}", shape,
           x.shape(), x.numel());
    } else {
      known *= full[i];
    }
  }
  if (unknown >= 0 && known > 0 && x.numel() % known == 0) full[unknown] = x.numel() / known;
  if ((unknown >= 0 && full[unknown] < 0) || full.numel() != x.numel()) {
    fail(ErrorKind::shape, operation, "{} elements of shape {} do not fill shape {}", x.numel(),
         x.shape(), shape);
  }
  if (empty) internal::checked_numel(operation, full, x.dtype());
  return full;
}

// Strides by which x reads as `shape`, if there are any.
std::optional<Shape> strides_for(const Tensor& x, const Shape& shape) {
  if (x.is_contiguous() || x.numel() == 0) return internal::row_major(shape);
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
  const Shape full = completed("reshape", x, shape);
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

Tensor view(const Tensor& x, const Shape& shape) {
  operand("view", x);
  const Shape full = completed("view", x, shape);
  const std::optional<Shape> strides = strides_for(x, full);
  if (!strides) {
    fail(ErrorKind::shape, "view",
         "a tensor of shape {} with strides {} cannot be seen in shape {} without a copy: use "
         "reshape, which copies where it must",
         x.shape(), x.strides(), shape);
  }
  return record({"view", {{"shape", full}}}, view_of(x, full, *strides, 0),
                wrt(x, [like = Outline(x)](const Tensor& g) { return reshape(g, like.shape()); }));
}

Tensor flatten(const Tensor& x, std::int64_t first, std::int64_t last) {
  operand("flatten", x);
  if (x.dim() == 0) return reshape(x, {1});
  const int begin = checked_axis("flatten", first, x.dim());
  const int end = checked_axis("flatten", last, x.dim());
  if (end < begin) {
    fail(ErrorKind::value, "flatten", "the last axis {} stands in front of the first {}", last,
         first);
  }
  Shape shape;
  for (int i = 0; i < x.dim(); ++i) {
    if (i <= begin || i > end)
      shape.push_back(x.shape()[i]);
    else
      shape[begin] *= x.shape()[i];
  }
  return reshape(x, shape);
}

Tensor unflatten(const Tensor& x, std::int64_t axis, const Shape& sizes) {
  const internal::Inside called("unflatten");
  operand("unflatten", x);
  const int at = checked_axis("unflatten", axis, x.dim());
  std::int64_t known = 1;
  int unknown = -1;
  for (int i = 0; i < sizes.rank(); ++i) {
    if (sizes[i] == -1 && unknown < 0)
      unknown = i;
    else
      known *= sizes[i];
  }
  const std::int64_t size = x.shape()[at];
  Shape full = sizes;
  if (unknown >= 0 && known > 0 && size % known == 0) full[unknown] = size / known;
  if (full.empty() || full.numel() != size) {
    fail(ErrorKind::shape, "unflatten", "sizes {} do not multiply to the {} of axis {} of shape {}",
         sizes, size, at, x.shape());
  }
  Shape shape;
  for (int i = 0; i < x.dim(); ++i) {
    if (i != at)
      shape.push_back(x.shape()[i]);
    else
      for (std::int64_t part : full) shape.push_back(part);
  }
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  const internal::Inside called("unsqueeze");
  operand("unsqueeze", x);
  const int at = checked_axis("unsqueeze", axis, x.dim() + 1);
  Shape shape = x.shape();
  Shape strides = x.strides();
  shape.insert(at, 1);
  strides.insert(at, 1);
  return record({"unsqueeze", {{"axis", at}}}, view_of(x, shape, strides, 0),
                wrt(x, [like = Outline(x)](const Tensor& g) { return reshape(g, like.shape()); }));
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  const Shape& own = operand("squeeze", x).shape;
  bool named[max_rank] = {};
  for (std::int64_t axis : axes) named[checked_axis("squeeze", axis, own.rank())] = true;
  Shape shape, strides;
  for (int i = 0; i < own.rank(); ++i) {
    if (own[i] == 1 && (axes.empty() || named[i])) continue;
    shape.push_back(own[i]);
    strides.push_back(x.strides()[i]);
  }
  return record({"squeeze", {{"axes", axes}}}, view_of(x, shape, strides, 0),
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

Tensor permute(const Tensor& x, const Axes& order) {
  const Shape& own = operand("permute", x).shape;
  if (order.rank() != own.rank()) {
    fail(ErrorKind::value, "permute",
         "{} names {} axes of a tensor of shape {}: each must be named once", Shape(order),
         order.rank(), own);
  }
  Shape shape = own, strides = own;
  Axes inverse = order;
  bool named[max_rank] = {};
  for (int i = 0; i < own.rank(); ++i) {
    const int from = checked_axis("permute", order[i], own.rank());
    if (named[from])
      fail(ErrorKind::value, "permute", "{} names axis {} twice", Shape(order), from);
    named[from] = true;
    shape[i] = own[from];
    strides[i] = x.strides()[from];
    inverse[from] = i;
  }
  return record({"permute", {{"order", order}}}, view_of(x, shape, strides, 0),
                wrt(x, [inverse](const Tensor& g) { return permute(g, inverse); }));
}

Tensor movedim(const Tensor& x, const Axes& from, const Axes& to) {
  const int rank = operand("movedim", x).shape.rank();
  if (from.rank() != to.rank()) {
    fail(ErrorKind::value, "movedim", "{} axes to move to {} places: {} and {}", from.rank(),
         to.rank(), Shape(from), Shape(to));
  }
  constexpr std::int64_t vacant = -1;
  Axes order;
  for (int i = 0; i < rank; ++i) order.push_back(vacant);
  bool moved[max_rank] = {};
  for (int i = 0; i < from.rank(); ++i) {
    const int source = checked_axis("movedim", from[i], rank);
    const int place = checked_axis("movedim", to[i], rank);
    if (moved[source] || order[place] != vacant) {
      fail(ErrorKind::value, "movedim", "an axis is named twice in {} or in {}", Shape(from),
           Shape(to));
    }
    moved[source] = true;
    order[place] = source;
  }
  int next = 0;
  for (int place = 0; place < rank; ++place) {
    if (order[place] != vacant) continue;
    while (moved[next]) ++next;
    order[place] = next++;
  }
  return permute(x, order);
}

namespace {

Tensor expanded(const char* operation, const Tensor& x, const Shape& shape) {
  const Shape& own = operand(operation, x).shape;
  Shape full = shape;
  const int shift = shape.rank() - own.rank();
  for (int i = std::max(shift, 0); i < full.rank(); ++i) {
    if (full[i] == -1) full[i] = own[i - shift];
  }
  if (broadcast_shapes(operation, own, full) != full) {
    fail(ErrorKind::shape, operation, "shape {} does not broadcast to {}", own, shape);
  }
  internal::checked_numel(operation, full, x.dtype());
  return record({operation, {{"shape", full}}},
                view_of(x, full, internal::broadcast_strides(own, x.strides(), full), 0),
                wrt(x, [](const Tensor& g) { return g; }));
}

}  // namespace

Tensor expand(const Tensor& x, const Shape& shape) { return expanded("expand", x, shape); }
Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return expanded("broadcast_to", x, shape);
}

Tensor detach(const Tensor& x) { return x.detach(); }

}  // namespace attune
