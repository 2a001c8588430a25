// Reductions: one group of consecutive axes at a time, each as [outer, count, inner].
#include "core/reduce.hpp"

#include <algorithm>
#include <cstring>

#include "attune/inside.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/reduce_groups.hpp"
#include "core/reduce_whole.hpp"
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

// The kernels of one reduction: over a run, over each of some runs, and over the rows of [m, n]
// into y of n.
template <Reduce reduction>
struct RunKernels {
  static constexpr Reduce op = reduction;
  template <class T>
  static T run(std::int64_t n, const T* x) {
    return kernels().of<T>().of(op)(n, x);
  }
  template <class T>
  static void runs(std::int64_t runs, std::int64_t n, const T* x, T* y) {
    kernels().of<T>().rows_of(op)(runs, n, x, y);
  }
};

struct SumKernels : RunKernels<Reduce::sum> {
  template <class T>
  static void rows(std::int64_t m, std::int64_t n, const T* x, T* y) {
    kernels().of<T>().sum_rows(m, n, x, n, y, false);
  }
};

template <Reduce over_run, Binary of_two>
struct JoinKernels : RunKernels<over_run> {
  template <class T>
  static void rows(std::int64_t m, std::int64_t n, const T* x, T* y) {
    if (m == 0) return static_cast<void>(std::fill_n(y, n, JoinKernels::run(0, x)));
    const auto join = kernels().of<T>().of(of_two);
    std::copy_n(x, n, y);
    for (std::int64_t i = 1; i < m; ++i) join(n, y, 1, x + i * n, 1, y);
  }
};
using MaxKernels = JoinKernels<Reduce::max, Binary::maximum>;
using MinKernels = JoinKernels<Reduce::min, Binary::minimum>;
using ProdKernels = JoinKernels<Reduce::prod, Binary::mul>;

using GroupReduction = void (*)(const Group& group, const Tensor& x, Tensor& y);

template <class Of, GroupReduction general>
void reduce(const Group& group, const Tensor& x, Tensor& y) {
  const bool floats = is_floating(x.dtype());
  if (!own_kernels() || (!floats && Of::op == Reduce::prod)) return general(group, x, y);
  if (!floats) return reduce_whole(Of::op, group, x, y);
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    reduce_group<Of>(group, static_cast<const T*>(data<T>(x)), data<T>(y));
  });
}

// The elements of `fresh`, which nobody else sees, under another shape.
Tensor reshaped(const Tensor& fresh, const Shape& shape) {
  if (fresh.shape() == shape) return fresh;
  return view_of(fresh, shape, row_major(shape), 0);
}

// Which types `reduction` reads beside that of its result.
enum class Reads { result_type, any_integer };

// Elements of a copy that is reduced while it lies in a core's cache: 256 KiB of f32. (A quarter to
// four times as many: within 1 %.)
constexpr std::int64_t slab = 4 * elementwise_chunk;

// How many entries along the first axis make a slab, where x has to be copied to be reduced and
// that axis stays; else 0. From 16 entries on, a transposed tensor's lines are read once.
std::int64_t slab_entries(const Tensor& x, const ReducedAxes& axes) {
  if (x.is_contiguous() || x.numel() <= slab || axes.reduced[0]) return 0;
  const std::int64_t entries = slab / (x.numel() / x.shape()[0]);
  return entries >= 16 ? entries : 0;
}

// In the type `dtype`. A first reduction that reads every integer spares the wider copy.
Tensor over_groups(const char* operation, GroupReduction reduction, Reads reads, const Tensor& x,
                   DType dtype, const ReducedAxes& axes, bool keepdim) {
  const Inside called(operation);
  const Shape wanted = axes.shape_of(x.shape(), keepdim);
  if (const std::int64_t together = slab_entries(x, axes); together > 0) {
    Tensor y = empty_tensor(operation, wanted, dtype);
    const std::int64_t entries = x.shape()[0], bytes = y.numel() / entries * size_of(dtype);
    parallel_for((entries + together - 1) / together, x.numel(), [&](std::int64_t chunk) {
      Shape shape = x.shape();
      const std::int64_t begin = chunk * together;
      shape[0] = std::min(together, entries - begin);
      const Tensor part = view_of(x, shape, x.strides(), begin * x.strides()[0]);
      const Tensor reduced =
          over_groups(operation, reduction, reads, contiguous_copy(operation, part, x.dtype()),
                      dtype, axes, keepdim);
      std::memcpy(y.impl()->data + begin * bytes, reduced.impl()->data,
                  static_cast<std::size_t>(shape[0] * bytes));
    });
    return y;
  }
  const bool direct = reads == Reads::any_integer && !is_floating(x.dtype()) && own_kernels();
  Tensor from = as_contiguous(operation, x, direct ? x.dtype() : dtype);
  int last = x.dim() - 1;
  const auto next = [&] {
    while (last >= 0 && (!axes.reduced[last] || x.shape()[last] == 1)) --last;
    return last >= 0;
  };
  if (!next()) {
    const bool fresh = from.impl() != x.impl() && from.dtype() == dtype;
    return reshaped(fresh ? from : contiguous_copy(operation, x, dtype), wanted);
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
  const bool narrow = own_kernels() && x.dtype() != boolean;
  const DType dtype = narrow ? x.dtype() : accumulator(x.dtype());
  return as_contiguous(
      operation, over_groups(operation, reduction, Reads::result_type, x, dtype, axes, keepdim),
      x.dtype());
}

// A transposed matrix whose rows, columns of its memory, are to be summed, none of them so long
// that it is cut into chunks.
bool runs_lie_across(const Tensor& x, const ReducedAxes& axes) {
  return own_kernels() && is_floating(x.dtype()) && x.dim() == 2 && !axes.reduced[0] &&
         axes.reduced[1] && x.strides()[0] == 1 && x.shape()[1] > 1 &&
         x.shape()[1] <= elementwise_chunk && x.strides()[1] >= x.shape()[0] && x.numel() > 0;
}

// Where they lie, with the bits that a copy has.
Tensor sum_across(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  Tensor y = empty_tensor(operation, axes.shape_of(x.shape(), keepdim), x.dtype());
  const std::int64_t runs = x.shape()[0], count = x.shape()[1], stride = x.strides()[1];
  // of 64 f32 a chunk's parts of a row are whole lines
  const std::int64_t together = std::max<std::int64_t>(1, 4 * elementwise_chunk / count / 64) * 64;
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const from = data<T>(x);
    T* const to = data<T>(y);
    parallel_for((runs + together - 1) / together, x.numel(), [&](std::int64_t chunk) {
      const std::int64_t begin = chunk * together;
      kernels().of<T>().sum_runs(count, std::min(together, runs - begin), from + begin, stride,
                                 to + begin);
    });
  });
  return y;
}

}  // namespace

Tensor sum_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  if (runs_lie_across(x, axes)) return sum_across(operation, x, axes, keepdim);
  return over_groups(operation, reduce<SumKernels, general::sum>, Reads::any_integer, x,
                     accumulator(x.dtype()), axes, keepdim);
}

Tensor prod_over(const char* operation, const Tensor& x, const ReducedAxes& axes, bool keepdim) {
  return over_groups(operation, reduce<ProdKernels, general::prod>, Reads::result_type, x,
                     accumulator(x.dtype()), axes, keepdim);
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
