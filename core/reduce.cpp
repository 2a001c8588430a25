// Sums: one group of consecutive axes at a time, each as [outer, count, inner].
#include "core/reduce.hpp"

#include <algorithm>
#include <vector>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/reduce.hpp"

namespace attune::internal {

Shape ReducedAxes::shape_of(const Shape& x, bool keepdim) const {
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) {
    if (!reduced[i]) shape.push_back(x[i]);
    else if (keepdim) shape.push_back(1);
  }
  return shape;
}

ReducedAxes reduced_axes(const char* operation, const Shape& shape, const Axes& axes) {
  ReducedAxes result;
  for (std::int64_t named : axes) {
    const int axis = checked_axis(operation, named, shape.rank());
    if (result.reduced[axis]) {
      fail(ErrorKind::value, operation, "axis {} is named twice in {}", named, Shape(axes));
    }
    result.reduced[axis] = true;
  }
  for (int i = 0; i < shape.rank(); ++i) {
    if (axes.empty()) result.reduced[i] = true;
    if (result.reduced[i]) result.count *= shape[i];
  }
  return result;
}

namespace {

constexpr std::int64_t row_block = 256;  // rows that one partial sum over columns takes

// Runs longer than a chunk are summed chunk by chunk, the partial sums by the kernel's own tree.
template <class T>
void sum_runs(std::int64_t outer, std::int64_t count, const T* x, T* y) {
  const auto sum = kernels().of<T>().of(Reduce::sum);
  const std::int64_t pieces = (count + elementwise_chunk - 1) / elementwise_chunk;
  if (pieces <= 1) {
    const std::int64_t together = std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(count, 1));
    parallel_for((outer + together - 1) / together, outer * count, [&](std::int64_t chunk) {
      const std::int64_t end = std::min(outer, (chunk + 1) * together);
      for (std::int64_t i = chunk * together; i < end; ++i) y[i] = sum(count, x + i * count);
    });
    return;
  }
  std::vector<T> partial(static_cast<std::size_t>(outer * pieces));
  parallel_for(outer * pieces, outer * count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk % pieces * elementwise_chunk;
    partial[static_cast<std::size_t>(chunk)] =
        sum(std::min(elementwise_chunk, count - begin), x + chunk / pieces * count + begin);
  });
  for (std::int64_t i = 0; i < outer; ++i) y[i] = sum(pieces, partial.data() + i * pieces);
}

// Sums over rows of one plane [count, inner]: blocks of rows, whose partial rows are summed in turn.
template <class T>
void sum_plane(std::int64_t count, std::int64_t inner, const T* x, T* y) {
  const auto sum_rows = kernels().of<T>().sum_rows;
  const std::int64_t blocks = (count + row_block - 1) / row_block;
  if (blocks <= 1) return sum_rows(count, inner, x, inner, y, false);
  std::vector<T> partial(static_cast<std::size_t>(blocks * inner));
  parallel_for(blocks, count * inner, [&](std::int64_t block) {
    const std::int64_t begin = block * row_block;
    sum_rows(std::min(row_block, count - begin), inner, x + begin * inner, inner,
             partial.data() + block * inner, false);
  });
  sum_rows(blocks, inner, partial.data(), inner, y, false);
}

template <class T>
void sum_group(const Group& group, const T* x, T* y) {
  if (group.inner == 1) return sum_runs(group.outer, group.count, x, y);
  if (group.outer == 1) return sum_plane(group.count, group.inner, x, y);
  parallel_for(group.outer, group.outer * group.count * group.inner, [&](std::int64_t i) {
    sum_plane(group.count, group.inner, x + i * group.count * group.inner, y + i * group.inner);
  });
}

}  // namespace

Tensor sum_keepdim(const char* operation, const Tensor& x, const ReducedAxes& axes) {
  Tensor from = as_contiguous(operation, x, accumulator(x.dtype()));
  int last = x.dim() - 1;
  while (true) {
    while (last >= 0 && (!axes.reduced[last] || from.shape()[last] == 1)) --last;
    if (last < 0) return from;
    int first = last;
    while (first > 0 && axes.reduced[first - 1]) --first;
    Group group;
    Shape shape = from.shape();
    for (int i = 0; i < first; ++i) group.outer *= shape[i];
    for (int i = first; i <= last; ++i) group.count *= shape[i];
    for (int i = last + 1; i < shape.rank(); ++i) group.inner *= shape[i];
    for (int i = first; i <= last; ++i) shape[i] = 1;
    Tensor to = empty_tensor(operation, shape, from.dtype());
    if (is_floating(from.dtype()) && own_kernels()) {
      visit_floating(from.dtype(), [&](auto zero) {
        using T = decltype(zero);
        sum_group(group, data<T>(from), data<T>(to));
      });
    } else {
      general::sum(group, from, to);
    }
    from = std::move(to);
    last = first - 1;
  }
}

}  // namespace attune::internal
