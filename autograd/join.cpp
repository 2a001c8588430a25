// Tensors put together.
#include "attune/ops/join.hpp"

#include <utility>

#include "attune/inside.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::checked_axis;
using internal::fail;
using internal::operand;

namespace {

// Checks that there are tensors, all with values; their common type.
DType common_type(const char* operation, std::span<const Tensor> tensors) {
  if (tensors.empty()) fail(ErrorKind::value, operation, "no tensors: there must be at least one");
  DType dtype = operand(operation, tensors[0]).dtype;
  for (const Tensor& one : tensors) dtype = promote(dtype, operand(operation, one).dtype);
  return dtype;
}

// Entries [start, start + length) along an axis of fresh memory.
Tensor part(const Tensor& x, int axis, std::int64_t start, std::int64_t length) {
  Shape shape = x.shape();
  shape[axis] = length;
  return internal::view_of(x, shape, x.strides(), length > 0 ? start * x.strides()[axis] : 0);
}

}  // namespace

Tensor cat(std::span<const Tensor> tensors, std::int64_t axis) {
  const DType dtype = common_type("cat", tensors);
  Shape shape = tensors[0].shape();
  const int at = checked_axis("cat", axis, shape.rank());
  std::int64_t length = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Shape& other = tensors[i].shape();
    bool fits = other.rank() == shape.rank();
    for (int k = 0; fits && k < shape.rank(); ++k) fits = k == at || other[k] == shape[k];
    if (!fits) {
      fail(ErrorKind::shape, "cat",
           "tensor {} has shape {}, which differs from the {} of the first beside axis {}", i,
           other, shape, at);
    }
    length += other[at];
  }
  shape[at] = length;
  Tensor result = internal::empty_tensor("cat", shape, dtype);
  std::int64_t start = 0;
  for (const Tensor& one : tensors) {
    Tensor place = part(result, at, start, one.size(at));
    internal::copy(one, place);
    start += one.size(at);
  }
  start = 0;
  return record({"cat", {{"axis", at}}}, std::move(result), tensors, [&](std::size_t i) {
    const std::int64_t own = tensors[i].size(at), first = std::exchange(start, start + own);
    return [=](const Tensor& g) { return narrow(g, at, first, own); };
  });
}

Tensor stack(std::span<const Tensor> tensors, std::int64_t axis) {
  const internal::Inside called("stack");
  const DType dtype = common_type("stack", tensors);
  Shape shape = tensors[0].shape();
  const int at = checked_axis("stack", axis, shape.rank() + 1);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape() == shape) continue;
    fail(ErrorKind::shape, "stack", "tensor {} has shape {}, the first {}: all must be equal", i,
         tensors[i].shape(), shape);
  }
  shape.insert(at, static_cast<std::int64_t>(tensors.size()));
  Tensor result = internal::empty_tensor("stack", shape, dtype);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor slab = part(result, at, static_cast<std::int64_t>(i), 1);
    Shape strides = slab.strides();
    strides.erase(at);
    Tensor place = internal::view_of(slab, tensors[0].shape(), strides, 0);
    internal::copy(tensors[i], place);
  }
  return record(
      {"stack", {{"axis", at}}}, std::move(result), tensors,
      [at](const Tensor& g, std::size_t i) { return select(g, at, static_cast<std::int64_t>(i)); });
}

namespace {

// Tensors with fewer than `rank` axes get axes of size 1 in front.
internal::PooledList<Tensor> at_least(const char* operation, std::span<const Tensor> tensors,
                                      int rank) {
  common_type(operation, tensors);
  internal::PooledList<Tensor> list(tensors.begin(), tensors.end());
  for (Tensor& one : list) {
    while (one.dim() < rank) one = unsqueeze(one, 0);
  }
  return list;
}

}  // namespace

Tensor hstack(std::span<const Tensor> tensors) {
  const internal::Inside called("hstack");
  const internal::PooledList<Tensor> list = at_least("hstack", tensors, 1);
  return cat(list, list[0].dim() == 1 ? 0 : 1);
}

Tensor vstack(std::span<const Tensor> tensors) {
  const internal::Inside called("vstack");
  return cat(at_least("vstack", tensors, 2), 0);
}

std::vector<Tensor> broadcast_tensors(std::span<const Tensor> tensors) {
  Shape shape;
  for (const Tensor& one : tensors) {
    shape = broadcast_shapes("broadcast_tensors", shape, operand("broadcast_tensors", one).shape);
  }
  std::vector<Tensor> list;
  list.reserve(tensors.size());
  for (const Tensor& one : tensors) list.push_back(expand(one, shape));
  return list;
}

std::vector<Tensor> meshgrid(std::span<const Tensor> tensors, Indexing indexing) {
  const internal::Inside called("meshgrid");
  Shape shape;
  for (const Tensor& one : tensors) {
    if (operand("meshgrid", one).shape.rank() > 1) {
      fail(ErrorKind::shape, "meshgrid", "coordinates of shape {}: they have one axis",
           one.shape());
    }
    shape.push_back(one.numel());
  }
  std::vector<Tensor> list;
  list.reserve(tensors.size());
  for (int i = 0; i < shape.rank(); ++i) {
    Shape along;
    for (int k = 0; k < shape.rank(); ++k) along.push_back(k == i ? shape[k] : 1);
    const Tensor grid = expand(reshape(tensors[static_cast<std::size_t>(i)], along), shape);
    list.push_back(indexing == Indexing::xy && shape.rank() > 1 ? transpose(grid, 0, 1) : grid);
  }
  return list;
}

}  // namespace attune
