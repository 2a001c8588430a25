// Views of a part of the elements along one axis.
#include <algorithm>

#include "attune/ops/creation.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::checked_axis;
using internal::fail;
using internal::operand;
using internal::view_of;

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
    fail(ErrorKind::index, "narrow",
         "{} entries from {} are not all within the {} of axis {} of {}", length, start, size, at,
         x.shape());
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
  Shape shape = x.shape(), strides = x.strides();
  const std::int64_t offset = entry * strides[at];
  shape.erase(at);
  strides.erase(at);
  return record({"select", {{"axis", at}, {"index", entry}}}, view_of(x, shape, strides, offset),
                wrt(x, [like = Outline(x), at, entry](const Tensor& g) {
                  return into_slice(unsqueeze(g, at), like.shape(), at, entry, 1);
                }));
}

namespace {

// Each part costs some hundred bytes, also where x itself is expanded from one element.
void check_parts(const char* operation, std::int64_t count) {
  constexpr std::int64_t most = std::int64_t{1} << 24;
  if (count > most) {
    fail(ErrorKind::value, operation, "{} parts are more than the {} that one call makes", count,
         most);
  }
}

std::vector<Tensor> split_of(const char* operation, const Tensor& x, std::int64_t size, int axis) {
  const std::int64_t all = x.shape()[axis];
  const std::int64_t count = std::max<std::int64_t>(all / size + (all % size != 0), 1);
  check_parts(operation, count);
  std::vector<Tensor> parts;
  parts.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    parts.push_back(strided_slice(x, axis, i * size, std::min(size, all - i * size), 1));
  }
  return parts;
}

}  // namespace

std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis) {
  operand("split", x);
  const int at = checked_axis("split", axis, x.dim());
  if (size < 1)
    fail(ErrorKind::value, "split", "the size of a part is {}: it must be at least 1", size);
  return split_of("split", x, size, at);
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, std::int64_t axis) {
  operand("chunk", x);
  const int at = checked_axis("chunk", axis, x.dim());
  if (chunks < 1) {
    fail(ErrorKind::value, "chunk", "{} parts: there must be at least 1", chunks);
  }
  const std::int64_t all = x.shape()[at];
  return split_of("chunk", x, std::max<std::int64_t>(all / chunks + (all % chunks != 0), 1), at);
}

std::vector<Tensor> unbind(const Tensor& x, std::int64_t axis) {
  operand("unbind", x);
  const int at = checked_axis("unbind", axis, x.dim());
  check_parts("unbind", x.shape()[at]);
  std::vector<Tensor> entries;
  entries.reserve(static_cast<std::size_t>(x.shape()[at]));
  for (std::int64_t i = 0; i < x.shape()[at]; ++i) entries.push_back(select(x, at, i));
  return entries;
}

}  // namespace attune
