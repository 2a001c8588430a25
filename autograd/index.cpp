// Entries along an axis chosen by one index each, elements by a mask, and indices as one-hot rows.
#include "attune/ops/index.hpp"

#include <algorithm>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/creation.hpp"
#include "attune/record.hpp"
#include "autograd/index_checks.hpp"
#include "autograd/number.hpp"
#include "core/blocks.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::checked_axis;
using internal::checked_indices;
using internal::data;
using internal::fail;
using internal::operand;

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
