// Convolution by columns. A chunk is some output rows of an image and a group, an image and a
// group, or a block of images: cut by the shape alone.
#include "core/conv.hpp"

#include <algorithm>
#include <memory>

#include "core/conv_columns.hpp"
#include "core/conv_correlate.hpp"
#include "core/conv_weight.hpp"
#include "core/parallel.hpp"
#include "core/product.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Columns of 192 KiB stay in a second-level cache beside what the product packs.
constexpr std::int64_t column_bytes = 196608;
// Partial sums of the weight's derivative: as many blocks as threads may share, within this memory.
constexpr std::int64_t most_blocks = 16, partial_elements = std::int64_t{1} << 24;

constexpr std::int64_t most_phases = 9;

std::int64_t up(std::int64_t n, std::int64_t part) { return (n + part - 1) / part; }

// Output rows cut into tiles of nearly equal height.
struct Tiles {
  std::int64_t rows, count;

  template <class T>
  static Tiles of(const ConvShape& s, T) {
    if (s.direct()) return {s.out_height, 1};
    const std::int64_t row_bytes = s.taps() * s.out_width * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t most = std::clamp<std::int64_t>(column_bytes / row_bytes, 1, s.out_height);
    const std::int64_t rows = up(s.out_height, up(s.out_height, most));
    return {rows, up(s.out_height, rows)};
  }
};

template <class T>
T* column_memory(const ConvShape& s, const Tiles& tiles) {
  return static_cast<T*>(
      scratch(static_cast<std::size_t>(s.taps() * tiles.rows * s.out_width) * sizeof(T), 2));
}

// One image, one group, some output rows: pointers to the first element of each.
template <class T>
struct Part {
  const T* columns;
  std::int64_t pixels, column_row;  // of the columns: how many, and from tap to tap
};

template <class T>
Part<T> part_of(const ConvShape& s, const T* x, std::int64_t begin, std::int64_t end, T* memory) {
  const std::int64_t pixels = (end - begin) * s.out_width;
  if (s.direct()) return {x, pixels, s.plane()};
  gather_columns(s, x, begin, end, memory);
  return {memory, pixels, pixels};
}

template <class T>
void columns_forward(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y) {
  const Tiles tiles = Tiles::of(s, T());
  parallel_for(s.images * s.groups * tiles.count, s.work() / 8, [&](std::int64_t chunk) {
    const std::int64_t both = chunk / tiles.count, group = both % s.groups;
    const std::int64_t begin = chunk % tiles.count * tiles.rows;
    const std::int64_t end = std::min(begin + tiles.rows, s.out_height);
    T* const memory = s.direct() ? nullptr : column_memory<T>(s, tiles);
    const Part<T> part = part_of(s, x + both * s.in * s.plane(), begin, end, memory);
    T* const out = y + both * s.out * s.out_plane() + begin * s.out_width;
    for (std::int64_t o = 0; bias && o < s.out; ++o)
      std::fill_n(out + o * s.out_plane(), part.pixels, bias[group * s.out + o]);
    product<T>({.m = s.out,
                .n = part.pixels,
                .k = s.taps(),
                .a = weight + group * s.out * s.taps(),
                .a_row = s.taps(),
                .a_col = 1,
                .b = part.columns,
                .b_row = part.column_row,
                .b_col = 1,
                .c = out,
                .c_row = s.out_plane(),
                .bias = nullptr,
                .accumulate = bias != nullptr});
  });
}

template <class T>
void columns_backward_input(const ConvShape& s, const T* g, const T* weight, T* dx) {
  const Tiles tiles = Tiles::of(s, T());
  parallel_for(s.images * s.groups, s.work() / 8, [&](std::int64_t both) {
    const T* const w = weight + both % s.groups * s.out * s.taps();
    T* const to = dx + both * s.in * s.plane();
    const bool direct = s.direct();
    if (!direct) std::fill_n(to, s.in * s.plane(), T(0));
    T* const memory = direct ? to : column_memory<T>(s, tiles);
    for (std::int64_t begin = 0; begin < s.out_height; begin += tiles.rows) {
      const std::int64_t end = std::min(begin + tiles.rows, s.out_height);
      const std::int64_t pixels = (end - begin) * s.out_width;
      product<T>({.m = s.taps(),
                  .n = pixels,
                  .k = s.out,
                  .a = w,
                  .a_row = 1,
                  .a_col = s.taps(),
                  .b = g + both * s.out * s.out_plane() + begin * s.out_width,
                  .b_row = s.out_plane(),
                  .b_col = 1,
                  .c = memory,
                  .c_row = pixels,
                  .bias = nullptr,
                  .accumulate = false});
      if (!direct) scatter_columns(s, memory, begin, end, to);
    }
  });
}

template <class T>
void columns_backward_weight(const ConvShape& s, const T* g, const T* x, T* dweight) {
  const std::int64_t size = s.groups * s.out * s.taps();
  if (s.images == 0 || s.out_plane() == 0)
    return static_cast<void>(std::fill_n(dweight, size, T(0)));
  const Tiles tiles = Tiles::of(s, T());
  const std::int64_t most = std::clamp<std::int64_t>(
      partial_elements / std::max<std::int64_t>(size, 1), 1, std::min(most_blocks, s.images));
  const std::int64_t images = up(s.images, most), blocks = up(s.images, images);
  // Of each block and group, transposed: [taps, out], so that the columns are read as they lie.
  const auto partial = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(blocks * size));
  parallel_for(blocks * s.groups, s.work() / 8, [&](std::int64_t chunk) {
    const std::int64_t block = chunk / s.groups, group = chunk % s.groups;
    T* const sum = partial.get() + chunk * s.out * s.taps();
    T* const memory = s.direct() ? nullptr : column_memory<T>(s, tiles);
    bool first = true;
    for (std::int64_t i = block * images; i < std::min(s.images, (block + 1) * images); ++i) {
      const std::int64_t both = i * s.groups + group;
      for (std::int64_t begin = 0; begin < s.out_height; begin += tiles.rows, first = false) {
        const std::int64_t end = std::min(begin + tiles.rows, s.out_height);
        const Part<T> part = part_of(s, x + both * s.in * s.plane(), begin, end, memory);
        product<T>({.m = s.taps(),
                    .n = s.out,
                    .k = part.pixels,
                    .a = part.columns,
                    .a_row = part.column_row,
                    .a_col = 1,
                    .b = g + both * s.out * s.out_plane() + begin * s.out_width,
                    .b_row = 1,
                    .b_col = s.out_plane(),
                    .c = sum,
                    .c_row = s.out,
                    .bias = nullptr,
                    .accumulate = !first});
      }
    }
  });
  for (std::int64_t block = 1; block < blocks; ++block)
    kernels().of<T>().accumulate(size, partial.get() + block * size, partial.get());
  for (std::int64_t group = 0; group < s.groups; ++group) {
    const T* const from = partial.get() + group * s.out * s.taps();
    T* const to = dweight + group * s.out * s.taps();
    for (std::int64_t o = 0; o < s.out; ++o)
      for (std::int64_t tap = 0; tap < s.taps(); ++tap)
        to[o * s.taps() + tap] = from[tap * s.out + o];
  }
}

}  // namespace

// Where neither kernel nor padding tells rows from columns: rows that several tiles cut evenly.
ConvShape reshaped(const ConvShape& s) {
  constexpr std::int64_t longest = 64;
  if (!s.direct() || s.plane() <= longest) return s;
  ConvShape result = s;
  for (std::int64_t width = longest; width >= 8; --width) {
    if (s.plane() % width != 0) continue;
    result.width = result.out_width = width;
    result.height = result.out_height = s.plane() / width;
    break;
  }
  return result;
}

template <class T>
void conv_forward(const ConvShape& shape, const T* x, const T* weight, const T* bias, T* y) {
  const ConvShape s = reshaped(shape);
  const Correlation<T> c{.images = s.images,
                         .groups = s.groups,
                         .channels = s.in,
                         .results = s.out,
                         .rows = ConvAxis::forward(s.height, s.kernel_height, s.out_height,
                                                   s.stride_y, s.dilation_y, s.top),
                         .columns = ConvAxis::forward(s.width, s.kernel_width, s.out_width,
                                                      s.stride_x, s.dilation_x, s.left),
                         .source = x,
                         .w = weight,
                         .w_group = s.out * s.taps(),
                         .w_result = s.taps(),
                         .w_channel = s.kernel_height * s.kernel_width,
                         .w_row = s.kernel_width,
                         .bias = bias,
                         .result = y,
                         .result_plane = s.out_plane(),
                         .result_width = s.out_width};
  if (own_kernels() && fits(c)) return correlate(c);
  columns_forward(s, x, weight, bias, y);
}

template <class T>
void conv_backward_input(const ConvShape& shape, const T* g, const T* weight, T* dx) {
  const ConvShape s = reshaped(shape);
  // Each phase of the strides is a correlation, which reads all of g.
  if (!own_kernels() || s.stride_y * s.stride_x > most_phases)
    return columns_backward_input(s, g, weight, dx);
  for (std::int64_t row = 0; row < std::min(s.stride_y, s.height); ++row) {
    for (std::int64_t column = 0; column < std::min(s.stride_x, s.width); ++column) {
      const Correlation<T> c{
          .images = s.images,
          .groups = s.groups,
          .channels = s.out,
          .results = s.in,
          .rows = ConvAxis::backward(s.height, s.kernel_height, s.out_height, s.stride_y,
                                     s.dilation_y, s.top, row),
          .columns = ConvAxis::backward(s.width, s.kernel_width, s.out_width, s.stride_x,
                                        s.dilation_x, s.left, column),
          .source = g,
          .w = weight,
          .w_group = s.out * s.taps(),
          .w_result = s.kernel_height * s.kernel_width,
          .w_channel = s.taps(),
          .w_row = s.kernel_width,
          .bias = nullptr,
          .result = dx,
          .result_plane = s.plane(),
          .result_width = s.width};
      if (!fits(c)) return columns_backward_input(s, g, weight, dx);
      correlate(c);
    }
  }
}

template <class T>
void conv_backward_weight(const ConvShape& shape, const T* g, const T* x, T* dweight) {
  const ConvShape s = reshaped(shape);
  if (own_kernels() && s.images != 0 && s.out_plane() != 0 && fits_weights<T>(s))
    return weights_by_channels(s, g, x, dweight);
  columns_backward_weight(s, g, x, dweight);
}

#define ATTUNE_CONV(T)                                                            \
  template void conv_forward(const ConvShape&, const T*, const T*, const T*, T*); \
  template void conv_backward_input(const ConvShape&, const T*, const T*, T*);    \
  template void conv_backward_weight(const ConvShape&, const T*, const T*, T*);
ATTUNE_CONV(float)
ATTUNE_CONV(double)
#undef ATTUNE_CONV

}  // namespace attune::internal
