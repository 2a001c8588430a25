// One axis of a convolution or of its derivative by the input, and planes copied so that every tap
// of a row of results is an offset into them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "core/conv_kernels.hpp"
#include "core/kernels.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

// Result j, which stands at first + j * step, sees by its tap i position j * stride + origin +
// i * reach of the source (zero outside), where the kernel's entry is kernel + i * kernel_step.
struct ConvAxis {
  std::int64_t size;  // of the source
  std::int64_t count, first, step;
  std::int64_t stride, origin, reach;
  std::int64_t taps, kernel, kernel_step;

  // The forward axis, of the whole result.
  static ConvAxis forward(std::int64_t size, std::int64_t kernel, std::int64_t out,
                          std::int64_t stride, std::int64_t dilation, std::int64_t before) {
    return {size, out, 0, 1, stride, -before, dilation, kernel, 0, 1};
  }

  // The derivative by the input at position `first` < min(stride, size) and every stride-th from
  // there on: the same entries of the kernel meet all of them, and these are the taps, the last
  // entry first. There may be none.
  static ConvAxis backward(std::int64_t size, std::int64_t kernel, std::int64_t out,
                           std::int64_t stride, std::int64_t dilation, std::int64_t before,
                           std::int64_t first) {
    const std::int64_t common = std::gcd(stride, dilation), apart = stride / common;
    ConvAxis axis{
        out,   (size - first + stride - 1) / stride, first, stride, 1, 0, dilation / common, 0, 0,
        -apart};
    const std::int64_t different = std::min(kernel, apart);
    std::int64_t entry = 0;
    while (entry < different && (first + before - entry * dilation) % stride != 0) ++entry;
    if (entry == different) return axis;
    axis.taps = (kernel - 1 - entry) / apart + 1;
    axis.kernel = entry + (axis.taps - 1) * apart;
    axis.origin = (first + before - axis.kernel * dilation) / stride;
    return axis;
  }

  // `length` results from `begin` on alone; there may be fewer.
  ConvAxis part(std::int64_t begin, std::int64_t length) const {
    ConvAxis result = *this;
    result.count = length;
    result.first += begin * step;
    result.origin += begin * stride;
    return result;
  }

  // The positions that its results see and those between them, each as a result of its own.
  ConvAxis dense() const {
    ConvAxis result = *this;
    result.count = (count - 1) * stride + 1;
    result.stride = 1;
    return result;
  }

  // Whether every tap of every result sees an element of the source, and neighbours neighbours.
  bool inside() const { return stride == 1 && origin >= 0 && origin + length() <= size; }

  // In a copy, positions of the source that are a stride apart are neighbours: they are a slot, and
  // there are as many slots as the taps need. From slot to slot it is `length` neighbours.
  std::int64_t slots() const { return std::min(taps, stride / std::gcd(stride, reach)); }
  std::int64_t length() const { return count + common(); }
  std::int64_t common() const { return (taps - 1) * reach / stride; }
  std::int64_t copied() const { return slots() * length(); }
  // The part of a slot that lies inside the source, and where there.
  ConvSide side(std::int64_t slot) const {
    const std::int64_t at = origin + slot * reach % stride;
    const auto ceiling = [&](std::int64_t n) { return n <= 0 ? 0 : (n + stride - 1) / stride; };
    const std::int64_t before = std::min(ceiling(-at), length());
    const std::int64_t end = std::clamp(ceiling(size - at), before, length());
    return {before, end - before, end > before ? at + before * stride : 0};
  }
  std::int64_t place(std::int64_t tap) const {
    return tap % slots() * length() + tap * reach / stride;
  }
};

// Whether copies of the planes are small beside the planes themselves and what is computed from
// them, in pieces of so many results. They are not where a few taps lie far apart.
inline bool fits(const ConvAxis& rows, const ConvAxis& columns, std::int64_t band,
                 std::int64_t strip) {
  const auto area = [](std::int64_t a, std::int64_t b) {
    return static_cast<double>(a) * static_cast<double>(b);
  };
  const auto pieces = [](const ConvAxis& axis, std::int64_t size) {
    return (axis.count + size - 1) / std::max<std::int64_t>(size, 1);
  };
  return area(rows.part(0, band).copied(), columns.part(0, strip).copied()) *
             area(pieces(rows, band), pieces(columns, strip)) <=
         2 * area(rows.size, columns.size) +
             2 * area(rows.taps * rows.count, columns.taps * columns.count);
}
inline bool fits(const ConvAxis& rows, const ConvAxis& columns) {
  return fits(rows, columns, rows.count, columns.count);
}

// Where each tap begins in a plane as it lies, from tap to tap of a row; see ConvAxis::inside.
inline PooledList<std::int64_t> taps_inside(const ConvAxis& rows, const ConvAxis& columns) {
  PooledList<std::int64_t> places;
  places.reserve(static_cast<std::size_t>(rows.taps * columns.taps));
  for (std::int64_t i = 0; i < rows.taps; ++i)
    for (std::int64_t j = 0; j < columns.taps; ++j)
      places.push_back(i * rows.reach * columns.size + j * columns.reach);
  return places;
}

// Planes of rows.size x columns.size on their way into padded copies.
template <class T>
class PlaneCopy {
 public:
  explicit PlaneCopy(const ConvAxis& columns)
      : columns_(columns), pad_(kernels().of<T>().conv->pad) {
    const std::int64_t slots = columns.slots();
    sides_.reserve(static_cast<std::size_t>(slots));
    for (std::int64_t slot = 0; slot < slots; ++slot) sides_.push_back(columns.side(slot));
  }

  // Elements between copies: behind each there is room for what the copy writes too much, and the
  // number of cache lines is odd, so that planes crowd no set.
  std::int64_t plane(const ConvAxis& rows) const {
    constexpr std::int64_t line = 64 / sizeof(T);
    return ((rows.copied() * columns_.copied() + 2 * line - 1) / line | 1) * line;
  }

  // `channels` planes from x to planes of that size.
  void operator()(const ConvAxis& rows, std::int64_t channels, const T* x, T* to) const {
    const std::int64_t length = rows.length(), to_plane = plane(rows);
    for (std::int64_t slot = 0; slot < rows.slots(); ++slot) {
      const ConvSide inside = rows.side(slot);
      ConvRows<T> block{.above = inside.before,
                        .rows = inside.n,
                        .below = length - inside.before - inside.n,
                        .x = x + inside.offset * columns_.size,
                        .x_row = rows.stride * columns_.size,
                        .stride = columns_.stride,
                        .x_next = rows.size * columns_.size,
                        .sides = sides_.data(),
                        .n_sides = static_cast<std::int64_t>(sides_.size()),
                        .length = columns_.length(),
                        .y = to + slot * length * columns_.copied()};
      for (std::int64_t c = 0; c < channels; ++c) {
        pad_(block);
        block.x += rows.size * columns_.size;
        block.y += to_plane;
      }
    }
  }

  // Where each tap begins, from tap to tap of a row.
  PooledList<std::int64_t> taps(const ConvAxis& rows) const {
    PooledList<std::int64_t> places;
    places.reserve(static_cast<std::size_t>(rows.taps * columns_.taps));
    for (std::int64_t i = 0; i < rows.taps; ++i)
      for (std::int64_t j = 0; j < columns_.taps; ++j)
        places.push_back(rows.place(i) * columns_.copied() + columns_.place(j));
    return places;
  }

 private:
  ConvAxis columns_;
  PooledList<ConvSide> sides_;
  void (*pad_)(const ConvRows<T>&);
};

}  // namespace attune::internal
