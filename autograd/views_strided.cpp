// Views by strides: diagonals, windows, anything. Their derivative adds, in the order of the view's
// elements, into what they were taken from.
#include <algorithm>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::checked_axis;
using internal::fail;
using internal::operand;
using internal::row_major;
using internal::view_of;

namespace {

// Where the elements of a view lie in contiguous memory.
struct Places {
  Shape shape, strides;
  std::int64_t offset = 0;

  // One more than the last place.
  std::int64_t end() const {
    std::int64_t last = offset;
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape[i] == 0) return 0;
      last += (shape[i] - 1) * strides[i];
    }
    return last + 1;
  }
};

Tensor put(const Tensor& g, const Places& places, const Shape& shape);

// The elements at the places of x's row-major sequence.
Tensor take(const Tensor& x, const Places& places) {
  const Tensor from = internal::as_contiguous("take_strided", x, x.dtype());
  return record("take_strided", view_of(from, places.shape, places.strides, places.offset),
                wrt(x, [places, like = Outline(x)](const Tensor& g) {
                  return put(g, places, like.shape());
                }));
}

// The reverse of take: zeros of `shape`, to which each element of g is added at its place.
Tensor put(const Tensor& g, const Places& places, const Shape& shape) {
  Tensor result = zeros(shape, g.dtype());
  if (g.numel() > 0) {
    const Shape strides[] = {g.strides(), places.strides};
    const internal::Loop loop = internal::make_loop(g.shape(), strides);
    internal::visit_floating(g.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for (std::int64_t run = 0; run < loop.runs(); ++run) {
        const internal::Offsets at = internal::loop_detail::offsets_of(loop, run);
        const T* const from = internal::data<T>(g) + at[0];
        T* const to = internal::data<T>(result) + places.offset + at[1];
        for (std::int64_t i = 0; i < loop.run(); ++i) {
          to[i * loop.run_stride(1)] += from[i * loop.run_stride(0)];
        }
      }
    });
  }
  return record("put_strided", std::move(result),
                wrt(g, [places](const Tensor& h) { return take(h, places); }));
}

// A view of x itself, which reads x's row-major sequence at `places` when x is contiguous.
Tensor strided_view(const Op& op, const Tensor& x, const Places& own, const Places& places) {
  internal::checked_numel(op.name, own.shape, x.dtype());
  return record(op, view_of(x, own.shape, own.strides, own.offset),
                wrt(x, [places, like = Outline(x)](const Tensor& g) {
                  return put(g, places, like.shape());
                }));
}

}  // namespace

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis0, std::int64_t axis1) {
  const Shape& shape = operand("diagonal", x).shape;
  const int row = checked_axis("diagonal", axis0, shape.rank());
  const int column = checked_axis("diagonal", axis1, shape.rank());
  if (row == column) {
    fail(ErrorKind::value, "diagonal", "axes {} and {} are the same: a diagonal needs two", axis0,
         axis1);
  }
  const std::int64_t below = std::max<std::int64_t>(-std::max(offset, -shape[row]), 0);
  const std::int64_t right = std::max<std::int64_t>(std::min(offset, shape[column]), 0);
  const std::int64_t length = std::min(shape[row] - below, shape[column] - right);
  const auto along = [&](const Shape& strides) {
    Places places{shape, strides, 0};
    if (length > 0) places.offset = below * strides[row] + right * strides[column];
    places.shape.erase(std::max(row, column));
    places.shape.erase(std::min(row, column));
    places.strides.erase(std::max(row, column));
    places.strides.erase(std::min(row, column));
    places.shape.push_back(length);
    places.strides.push_back(strides[row] + strides[column]);
    return places;
  };
  return strided_view({"diagonal", {{"offset", offset}, {"axis0", row}, {"axis1", column}}}, x,
                      along(x.strides()), along(row_major(shape)));
}

Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step) {
  const internal::Inside called("unfold");
  const Shape& shape = operand("unfold", x).shape;
  const int at = checked_axis("unfold", axis, shape.rank());
  if (size < 0 || step < 1) {
    fail(ErrorKind::value, "unfold", "windows of {} entries with a step of {}: at least 0 and 1",
         size, step);
  }
  if (size > shape[at]) {
    fail(ErrorKind::shape, "unfold", "windows of {} entries along the {} of axis {} of shape {}",
         size, shape[at], at, shape);
  }
  const auto along = [&](const Shape& strides) {
    Places places{shape, strides, 0};
    places.shape[at] = (shape[at] - size) / step + 1;
    places.strides[at] *= step;
    places.shape.push_back(size);
    places.strides.push_back(strides[at]);
    return places;
  };
  return strided_view({"unfold", {{"axis", at}, {"size", size}, {"step", step}}}, x,
                      along(x.strides()), along(row_major(shape)));
}

Tensor as_strided(const Tensor& x, const Shape& shape, const Shape& strides,
                  std::optional<std::int64_t> offset) {
  const internal::Impl& impl = operand("as_strided", x);
  const auto bytes = static_cast<std::int64_t>(size_of(impl.dtype));
  const std::int64_t first = (impl.data - impl.storage->data) / bytes;
  const std::int64_t held = static_cast<std::int64_t>(impl.storage->bytes) / bytes;
  Places places{shape, strides, offset.value_or(first)};
  if (shape.rank() != strides.rank()) {
    fail(ErrorKind::value, "as_strided", "shape {} has {} axes, strides {} have {}", shape,
         shape.rank(), strides, strides.rank());
  }
  // Bounds are checked axis by axis, so that no product overflows.
  const auto outside = [&] {
    fail(ErrorKind::index, "as_strided",
         "shape {} with strides {} from element {} leaves the storage of {} elements", shape,
         strides, places.offset, held);
  };
  if (places.offset < 0 || places.offset > held) outside();
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0 || strides[i] < 0) {
      fail(ErrorKind::value, "as_strided", "shape {} or strides {} have a negative entry", shape,
           strides);
    }
    empty = empty || shape[i] == 0;
  }
  std::int64_t room = held - places.offset - 1;
  if (!empty && room < 0) outside();
  for (int i = 0; i < shape.rank() && !empty; ++i) {
    if (shape[i] > 1 && strides[i] > room / (shape[i] - 1)) outside();
    room -= (shape[i] - 1) * strides[i];
  }
  internal::checked_numel("as_strided", shape, impl.dtype);
  Places own{impl.shape, impl.strides, first};
  const std::int64_t view_offset = places.offset - first;
  return record({"as_strided", {{"shape", shape}, {"strides", strides}, {"offset", places.offset}}},
                view_of(x, shape, strides, empty ? 0 : view_offset),
                wrt(x, [own, places](const Tensor& g) {
                  // Through a line of memory that covers both; its start is common to both.
                  const std::int64_t begin = std::min(own.offset, places.offset);
                  Places to = own, from = places;
                  to.offset -= begin;
                  from.offset -= begin;
                  const Shape line{std::max(to.end(), from.end())};
                  const Tensor sharers = put(ones(to.shape, g.dtype()), to, line);
                  // At least 1 also at addresses that x does not have, which nobody takes.
                  const Tensor divisor = internal::zip("as_strided", internal::general::maximum,
                                                       internal::Binary::maximum, sharers,
                                                       scalar_tensor(1, g.dtype()), g.dtype());
                  return take(div(put(g, from, line), divisor), to);
                }));
}

}  // namespace attune
