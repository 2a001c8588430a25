// Reductions: one group of consecutive axes at a time, each as [outer, count, inner].
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
    if (!reduced[i])
      shape.push_back(x[i]);
    else if (keepdim)
      shape.push_back(1);
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

void require_entries(const char* operation, const Shape& shape, const ReducedAxes& axes) {
  if (axes.count != 0) return;
  int axis = 0;
  while (!axes.reduced[axis] || shape[axis] != 0) ++axis;
  fail(ErrorKind::shape, operation, "axis {} of shape {} has no entries, so there is no result",
       axis, shape);
}

namespace {

constexpr std::int64_t row_block = 256;  // rows that one partial result over columns takes

// The kernels of one reduction: over a run, and over the rows of [m, n] into y of n.
template <class T>
struct SumKernels {
  static constexpr Reduce run = Reduce::sum;
  static void rows(std::int64_t m, std::int64_t n, const T* x, T* y) {
    kernels().of<T>().sum_rows(m, n, x, n, y, false);
  }
};

template <class T, Reduce over_run, Binary of_two>
struct ExtremumKernels {
  static constexpr Reduce run = over_run;
  static void rows(std::int64_t m, std::int64_t n, const T* x, T* y) {
    const auto join = kernels().of<T>().of(of_two);
    std::copy_n(x, n, y);
    for (std::int64_t i = 1; i < m; ++i) join(n, y, 1, x + i * n, 1, y);
  }
};

// Runs longer than a chunk are reduced chunk by chunk, the partial results by the kernel's own
// tree.
template <class T>
void reduce_runs(Reduce which, std::int64_t outer, std::int64_t count, const T* x, T* y) {
  const auto kernel = kernels().of<T>().of(which);
  const std::int64_t pieces = (count + elementwise_chunk - 1) / elementwise_chunk;
  if (pieces <= 1) {
    const std::int64_t together =
        std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(count, 1));
    parallel_for((outer + together - 1) / together, outer * count, [&](std::int64_t chunk) {
      const std::int64_t end = std::min(outer, (chunk + 1) * together);
      for (std::int64_t i = chunk * together; i < end; ++i) y[i] = kernel(count, x + i * count);
    });
    return;
  }
  std::vector<T> partial(static_cast<std::size_t>(outer * pieces));
  parallel_for(outer * pieces, outer * count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk % pieces * elementwise_chunk;
    partial[static_cast<std::size_t>(chunk)] =
        kernel(std::min(elementwise_chunk, count - begin), x + chunk / pieces * count + begin);
  });
  for (std::int64_t i = 0; i < outer; ++i) y[i] = kernel(pieces, partial.data() + i * pieces);
}

// Over the rows of one plane [count, inner]: blocks of rows, whose partial rows are reduced in
// turn.
template <class Of, class T>
void reduce_plane(std::int64_t count, std::int64_t inner, const T* x, T* y) {
  const std::int64_t blocks = (count + row_block - 1) / row_block;
  if (blocks <= 1) return Of::rows(count, inner, x, y);
  std::vector<T> partial(static_cast<std::size_t>(blocks * inner));
  parallel_for(blocks, count * inner, [&](std::int64_t block) {
    const std::int64_t begin = block * row_block;
    Of::rows(std::min(row_block, count - begin), inner, x + begin * inner,
             partial.data() + block * inner);
  });
  Of::rows(blocks, inner, partial.data(), y);
}

template <class Of, class T>
void reduce_group(const Group& group, const T* x, T* y) {
  if (group.inner == 1) return reduce_runs(Of::run, group.outer, group.count, x, y);
  if (group.outer == 1) return reduce_plane<Of>(group.count, group.inner, x, y);
  parallel_for(group.outer, group.outer * group.count * group.inner, [&](std::int64_t i) {
    reduce_plane<Of>(group.count, group.inner, x + i * group.count * group.inner,
                     y + i * group.inner);
  });
}

using GroupReduction = void (*)(const Group& group, const Tensor& x, Tensor& y);

template <template <class> class Of, GroupReduction general>
void reduce(const Group& group, const Tensor& x, Tensor& y) {
  if (!is_floating(x.dtype()) || !own_kernels()) return general(group, x, y);
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    reduce_group<Of<T>>(group, data<T>(x), data<T>(y));
  });
}

template <class T>
using MaxKernels = ExtremumKernels<T, Reduce::max, Binary::maximum>;
template <class T>
using MinKernels = ExtremumKernels<T, Reduce::min, Binary::minimum>;

// The elements of `fresh`, which nobody else sees, under another shape.
Tensor reshaped(const Tensor& fresh, const Shape& shape) {
  if (fresh.shape() == shape) return fresh;
  return view_of(fresh, shape, row_major(shape), 0);
}

// `x` in the type in which `reduction` computes.
Tensor over_groups(const char* operation, GroupReduction reduction, const Tensor& x, DType dtype,
                   const ReducedAxes& axes, bool keepdim) {
  const Shape wanted = axes.shape_of(x.shape(), keepdim);
  Tensor from = as_contiguous(operation, x, dtype);
  int last = x.dim() - 1;
  const auto next = [&] {
    while (last >= 0 && (!axes.reduced[last] || x.shape()[last] == 1)) --last;
    return last >= 0;
  };
  if (!next()) {
    return reshaped(from.impl() == x.impl() ? contiguous_copy(operation, x, dtype) : from, wanted);
  }
  Shape shape = x.shape();
  while (true) {
    int first = last;
    while (first > 0 && axes.reduced[first - 1]) --first;
    Group group;
    for (int i = 0; i < first; ++i) group.outer *= shape[i];
    for (int i = first; i <= last; ++i) group.count *= shape[i];
    for (int i = last + 1; i < shape.rank(); ++i) group.inner *= shape[i];
    for (int i = first; i <= last; ++i) shape[i] = 1;
    last = first - 1;
    const bool more = next();
    Tensor to = empty_tensor(operation, more ? shape : wanted, dtype);
    if (to.numel() > 0) reduction(group, from, to);
    if (!more) return to;
    from = std::move(to);
  }
}

// Extrema exist in every type; the general case knows i64 of the integers.
Tensor extremum_over(const char* operation, GroupReduction reduction, const Tensor& x,
                     const ReducedAxes& axes, bool keepdim) {
  const DType wide = accumulator(x.dtype());
  return as_contiguous(operation, over_groups(operation, reduction, x, wide, axes, keepdim),
                       x.dtype());
}

}  // namespace

Tensor sum_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  return over_groups(operation, reduce<SumKernels, general::sum>, x, accumulator(x.dtype()), axes,
                     keepdim);
}

Tensor prod_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  return over_groups(operation, general::prod, x, accumulator(x.dtype()), axes, keepdim);
}

Tensor max_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  return extremum_over(operation, reduce<MaxKernels, general::max>, x, axes, keepdim);
}

Tensor min_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  return extremum_over(operation, reduce<MinKernels, general::min>, x, axes, keepdim);
}

Tensor count_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  // Converting to bool asks whether an element differs from 0.
  return sum_over(operation, as_contiguous(operation, x, boolean), axes, keepdim);
}

}  // namespace attune::internal
