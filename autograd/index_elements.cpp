// An index for each element: gather, and scatter_add, which is its reverse.
#include <algorithm>

#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/index_checks.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/mode.hpp"

namespace attune {

using internal::checked_axis;
using internal::checked_indices;
using internal::data;
using internal::fail;
using internal::Loop;
using internal::Offsets;
using internal::operand;

namespace {

// Of gather and scatter_add: checks index against x; its runs beside those of `other`, which it
// shapes.
struct Chosen {
  int axis;
  Tensor index;
  std::int64_t stride;  // of x along the axis
  Loop loop;            // operands: index, x without the axis, other

  Chosen(const char* operation, const Tensor& x, std::int64_t named, const Tensor& raw)
      : axis(checked_axis(operation, named, operand(operation, x).shape.rank())) {
    operand(operation, raw);
    bool fits = raw.dim() == x.dim();
    for (int i = 0; fits && i < x.dim(); ++i) fits = i == axis || raw.shape()[i] <= x.shape()[i];
    if (!fits) {
      fail(ErrorKind::shape, operation,
           "indices of shape {} along axis {} of shape {}: the ranks must be equal and no other "
           "axis larger",
           raw.shape(), axis, x.shape());
    }
    index = checked_indices(operation, raw, x.shape()[axis], "entries of the axis");
  }

  void walk(const Tensor& x, const Tensor& other) {
    Shape without = x.strides();
    stride = without[axis];
    without[axis] = 0;
    const Shape strides[] = {index.strides(), without, other.strides()};
    loop = internal::make_loop(index.shape(), strides);
  }
};

// result[..., index, ...] += added, which is contiguous and of the shape of the indices. Several
// elements may meet in one place, along the axis: they are added in order, by one thread. Runs
// along the last axis meet nobody else's.
void add_scattered(Chosen& chosen, Tensor& result, const Tensor& added) {
  if (added.numel() == 0) return;
  chosen.walk(result, added);
  const Loop& loop = chosen.loop;
  const std::int64_t* const at = data<std::int64_t>(chosen.index);
  const int last = chosen.index.dim() - 1;
  const bool apart = chosen.axis == last && loop.run() == chosen.index.shape()[last];
  const std::int64_t together =
      apart ? std::max<std::int64_t>(1, internal::elementwise_chunk / loop.run()) : loop.runs();
  internal::visit_dtype(result.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const from = data<T>(added);
    T* const to = data<T>(result);
    const std::int64_t step_index = loop.run_stride(0), step_to = loop.run_stride(1),
                       step_from = loop.run_stride(2), along = chosen.stride, n = loop.run();
    internal::parallel_for(
        (loop.runs() + together - 1) / together, added.numel(), [&](std::int64_t chunk) {
          const std::int64_t end = std::min(loop.runs(), (chunk + 1) * together);
          for (std::int64_t r = chunk * together; r < end; ++r) {
            const Offsets run = internal::loop_detail::offsets_of(loop, r);
            for (std::int64_t i = 0; i < n; ++i) {
              T& place = to[run[1] + i * step_to + at[run[0] + i * step_index] * along];
              place = static_cast<T>(place + from[run[2] + i * step_from]);
            }
          }
        });
  });
}

// The reverse of gather: g added to zeros of `shape`.
Tensor scatter_to(const Shape& shape, std::int64_t axis, const Tensor& index, const Tensor& g) {
  if (internal::current_mode.recording) {
    return scatter_add(zeros(shape, g.dtype()), axis, index, g);
  }
  Tensor result = zeros(shape, g.dtype());
  Chosen chosen("scatter_add", result, axis, index);
  add_scattered(chosen, result, internal::as_contiguous("scatter_add", g, g.dtype()));
  return record({"scatter_add", {{"axis", chosen.axis}}}, std::move(result), constant(index),
                constant(g));
}

}  // namespace

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  Chosen chosen("gather", x, axis, index);
  Tensor result = internal::empty_tensor("gather", index.shape(), x.dtype());
  chosen.walk(x, result);
  const std::int64_t* const at = data<std::int64_t>(chosen.index);
  internal::visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const from = data<T>(x);
    T* const to = data<T>(result);
    const Loop& loop = chosen.loop;
    const std::int64_t step_from = loop.run_stride(1), along = chosen.stride;
    for_runs(loop, 1, [&](std::int64_t n, const Offsets& run) {
      // The indices and the result are contiguous and have one shape, so their runs are.
      const std::int64_t* const place = at + run[0];
      const T* const source = from + run[1];
      T* const out = to + run[2];
      if (step_from == 0 && along == 1) {  // the last axis, of contiguous rows
        for (std::int64_t i = 0; i < n; ++i) out[i] = source[place[i]];
      } else {
        for (std::int64_t i = 0; i < n; ++i) out[i] = source[i * step_from + place[i] * along];
      }
    });
  });
  return record({"gather", {{"axis", chosen.axis}}}, std::move(result),
                wrt(x, [axis = chosen.axis, index = Saved(chosen.index), like = Outline(x)](
                           const Tensor& g) { return scatter_to(like.shape(), axis, index, g); }),
                constant(index));
}

Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  Chosen chosen("scatter_add", x, axis, index);
  operand("scatter_add", source);
  if (x.dtype() == boolean || promote(x.dtype(), source.dtype()) != x.dtype()) {
    fail(ErrorKind::dtype, "scatter_add", "a source of {} cannot be added into {}: convert one",
         source.dtype(), x.dtype());
  }
  const Shape& shape = chosen.index.shape();
  Tensor used = source;
  for (int i = 0; i < shape.rank(); ++i) {
    if (source.dim() != shape.rank() || source.shape()[i] < shape[i]) {
      fail(ErrorKind::shape, "scatter_add", "a source of shape {} for indices of shape {}",
           source.shape(), shape);
    }
    if (source.shape()[i] > shape[i]) used = narrow(used, i, 0, shape[i]);
  }
  Tensor result = internal::contiguous_copy("scatter_add", x, x.dtype());
  const Tensor added = internal::as_contiguous("scatter_add", used, x.dtype());
  add_scattered(chosen, result, added);
  return record({"scatter_add", {{"axis", chosen.axis}}}, std::move(result),
                wrt(x, [](const Tensor& g) { return g; }), constant(index),
                wrt(used, [axis = chosen.axis, index = Saved(chosen.index)](const Tensor& g) {
                  return gather(g, axis, index);
                }));
}

}  // namespace attune
