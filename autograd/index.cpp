// Elements chosen by indices and masks.
#include "attune/ops/index.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/index_checks.hpp"
#include "autograd/number.hpp"
#include "core/blocks.hpp"
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

namespace internal {

Tensor checked_indices(const char* operation, const Tensor& index, std::int64_t size,
                       const char* what) {
  operand(operation, index);
  if (is_floating(index.dtype()) || index.dtype() == boolean) {
    fail(ErrorKind::dtype, operation, "the indices are {}: convert them with to(i64)",
         index.dtype());
  }
  const Tensor wide = as_contiguous(operation, index, i64);
  const std::int64_t* const entries = data<std::int64_t>(wide);
  // First whether all are inside, without a branch for each: a number below 0, or whose distance to
  // the last entry is, has the sign bit.
  std::atomic<bool> outside = false;
  for_chunks(wide.numel(), 1, [&](std::int64_t begin, std::int64_t n) {
    std::uint64_t signs = 0;
    for (std::int64_t i = begin; i < begin + n; ++i) {
      const auto entry = static_cast<std::uint64_t>(entries[i]);
      signs |= entry | (static_cast<std::uint64_t>(size) - 1 - entry);
    }
    if (signs >> 63 != 0) outside = true;
  });
  for (std::int64_t i = 0; outside && i < wide.numel(); ++i) {
    if (entries[i] >= 0 && entries[i] < size) continue;
    fail(ErrorKind::index, operation, "index {} at position {} is outside [0, {}), the {}",
         entries[i], i, size, what);
  }
  return wide;
}

}  // namespace internal

namespace {

// x as [outer, axis, inner].
struct Slabs {
  std::int64_t outer = 1, inner = 1;
  Slabs(const Shape& shape, int axis) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

Tensor select_entries(const Tensor& x, int axis, const Tensor& index);

// The reverse of index_select: zeros with `size` entries along the axis, to which entries of g are
// added.
Tensor add_entries(const Tensor& g, int axis, const Tensor& index, std::int64_t size) {
  Shape shape = g.shape();
  shape[axis] = size;
  Tensor result = zeros(shape, g.dtype());
  const Tensor from = internal::as_contiguous("index_add", g, g.dtype());
  const Slabs slabs(shape, axis);
  const std::int64_t count = index.numel();
  const std::int64_t* const at = data<std::int64_t>(index);
  // Columns that one chunk takes: enough for whole cache lines, so that threads share none.
  constexpr std::int64_t width = 256;
  const std::int64_t bands = (slabs.inner + width - 1) / width;
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto add = internal::kernels().of<T>().accumulate;
    const T* const source = data<T>(from);
    T* const to = data<T>(result);
    internal::parallel_for(slabs.outer * bands, g.numel(), [&](std::int64_t chunk) {
      const std::int64_t o = chunk / bands, column = chunk % bands * width;
      const std::int64_t length = std::min(width, slabs.inner - column);
      for (std::int64_t i = 0; i < count; ++i) {
        add(length, source + (o * count + i) * slabs.inner + column,
            to + (o * size + at[i]) * slabs.inner + column);
      }
    });
  });
  return record({"index_add", {{"axis", axis}}}, std::move(result),
                wrt(g, [axis, index = Saved(index)](
                           const Tensor& h) { return select_entries(h, axis, index); }),
                constant(index));
}

// index: contiguous i64, checked, one axis.
Tensor select_entries(const Tensor& x, int axis, const Tensor& index) {
  const std::int64_t size = x.shape()[axis], count = index.numel();
  Shape shape = x.shape();
  shape[axis] = count;
  Tensor result = internal::empty_tensor("index_select", shape, x.dtype());
  const Tensor from = internal::as_contiguous("index_select", x, x.dtype());
  const Slabs slabs(shape, axis);
  const std::int64_t* const at = data<std::int64_t>(index);
  const std::int64_t together = std::max<std::int64_t>(
      1, internal::elementwise_chunk / std::max<std::int64_t>(slabs.inner, 1));
  const std::int64_t entries = slabs.outer * count;
  internal::visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const source = data<T>(from);
    T* const to = data<T>(result);
    internal::parallel_for(
        (entries + together - 1) / together, result.numel(), [&](std::int64_t chunk) {
          const std::int64_t end = std::min(entries, (chunk + 1) * together);
          for (std::int64_t k = chunk * together; k < end;) {
            const std::int64_t o = k / count, stop = std::min(end, (o + 1) * count);
            const T* const slab = source + o * size * slabs.inner;
            const std::int64_t* const chosen = at + (k - o * count);
            const std::int64_t here = stop - k;
            T* const out = to + k * slabs.inner;
            if (slabs.inner == 1) {
              for (std::int64_t i = 0; i < here; ++i) out[i] = slab[chosen[i]];
            } else {
              for (std::int64_t i = 0; i < here; ++i)
                std::copy_n(slab + chosen[i] * slabs.inner, slabs.inner, out + i * slabs.inner);
            }
            k = stop;
          }
        });
  });
  return record({"index_select", {{"axis", axis}}}, std::move(result),
                wrt(x, [axis, size, index = Saved(index)](
                           const Tensor& g) { return add_entries(g, axis, index, size); }),
                constant(index));
}

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

Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index) {
  const int at = checked_axis("index_select", axis, operand("index_select", x).shape.rank());
  if (operand("index_select", index).shape.rank() > 1) {
    fail(ErrorKind::shape, "index_select", "indices of shape {}: they have one axis",
         index.shape());
  }
  const Tensor checked =
      checked_indices("index_select", index, x.shape()[at], "entries of the axis");
  return select_entries(x, at, checked);
}

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

Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value) {
  operand("masked_fill", x);
  if (operand("masked_fill", mask).dtype != boolean) {
    fail(ErrorKind::dtype, "masked_fill", "the mask is {}: it must be bool, as comparisons give it",
         mask.dtype());
  }
  if (promote(x.dtype(), value) != x.dtype()) {
    fail(ErrorKind::dtype, "masked_fill",
         "the value {} is of a wider kind than {}, which would cut it: convert x first",
         value.as<double>(), x.dtype());
  }
  internal::check_fits("masked_fill", value, x.dtype());
  const Shape shape = broadcast_shapes("masked_fill", x.shape(), mask.shape());
  Tensor result = internal::empty_tensor("masked_fill", shape, x.dtype());
  internal::visit_dtype(x.dtype(), [&](auto zero) {
    const auto filler = value.as<decltype(zero)>();
    const auto kernel = internal::kernels().typed.choose[static_cast<int>(x.dtype())];
    const internal::BlockInput inputs[] = {{&mask, boolean}, {&x, x.dtype()}};
    internal::for_blocks(result, inputs, 1, [&](const internal::Block& k) {
      kernel(k.n, k.in[0], k.step[0], &filler, 0, k.in[1], k.step[1], k.out);
    });
  });
  return record({"masked_fill", {internal::attribute("value", value)}}, std::move(result),
                wrt(x, [mask = Saved(mask)](const Tensor& g) { return masked_fill(g, mask, 0); }),
                constant(mask));
}

Tensor one_hot(const Tensor& index, std::int64_t classes) {
  const internal::Inside called("one_hot");
  operand("one_hot", index);
  if (classes < -1) {
    fail(ErrorKind::value, "one_hot", "{} classes: give their number, or -1 to have it found",
         classes);
  }
  if (classes < 0) {
    const Tensor wide = internal::as_contiguous("one_hot", index, i64);
    if (wide.numel() == 0) {
      fail(ErrorKind::value, "one_hot", "no indices of shape {} tell no number of classes: name it",
           index.shape());
    }
    const std::int64_t* const entries = data<std::int64_t>(wide);
    const std::int64_t most = *std::max_element(entries, entries + wide.numel());
    if (most == std::numeric_limits<std::int64_t>::max()) {
      fail(ErrorKind::value, "one_hot", "index {} would be one of more classes than can be counted",
           most);
    }
    classes = std::max<std::int64_t>(most, 0) + 1;
  }
  const Tensor hot = checked_indices("one_hot", index, classes, "classes");
  Shape shape = index.shape();
  shape.push_back(classes);
  Tensor result = internal::empty_tensor("one_hot", shape, i64);
  internal::fill(result, 0);
  const std::int64_t* const at = data<std::int64_t>(hot);
  for (std::int64_t i = 0; i < hot.numel(); ++i)
    data<std::int64_t>(result)[i * classes + at[i]] = 1;
  return record({"one_hot", {{"classes", classes}}}, std::move(result), constant(index));
}

}  // namespace attune
