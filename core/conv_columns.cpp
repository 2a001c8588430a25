// Convolution by columns. A chunk is some output rows of an image and a group, an image and a
// group, or a block of images: cut by the shape alone.
#include "core/conv_columns.hpp"

#include <algorithm>

#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"
#include "core/product.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Columns of 192 KiB stay in a second-level cache beside what the product packs. (A quarter to four
// times as many: derivatives by the input of 5 x 5, 11 x 11 and 16 x 16 kernels with strides of 4
// and 16 within a tenth on a busy machine.)
constexpr std::int64_t column_bytes = 196608;
// Partial sums of the weight's derivative: as many blocks as threads may share, within this memory.
constexpr std::int64_t most_blocks = 16, partial_elements = std::int64_t{1} << 24;

// A piece of an output plane: of several rows all columns.
struct Tile {
  std::int64_t top, bottom, left, right;

  std::int64_t width() const { return right - left; }
  std::int64_t pixels() const { return (bottom - top) * width(); }
};

// Calls visit(channel, iy, first, end, ix) for every tap and every row of a tile: the input row iy
// is -1 where the tap lies outside; the row's output pixels [first, end) of the tile see input
// pixels ix, ix + stride_x, ...
template <class Visit>
void for_taps(const ConvShape& s, const Tile& tile, Visit&& visit) {
  const auto ceiling = [](std::int64_t a, std::int64_t b) { return a <= 0 ? 0 : (a + b - 1) / b; };
  for (std::int64_t channel = 0; channel < s.in; ++channel) {
    for (std::int64_t ky = 0; ky < s.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
        const std::int64_t shift = tile.left * s.stride_x + kx * s.dilation_x - s.left;
        const std::int64_t first = std::min(ceiling(-shift, s.stride_x), tile.width());
        const std::int64_t end =
            std::clamp(ceiling(s.width - shift, s.stride_x), first, tile.width());
        for (std::int64_t row = tile.top; row < tile.bottom; ++row) {
          const std::int64_t y = row * s.stride_y - s.top + ky * s.dilation_y;
          const std::int64_t iy = y >= 0 && y < s.height ? y : -1;
          visit(channel, iy, first, end, first * s.stride_x + shift);
        }
      }
    }
  }
}

// columns [taps, pixels of the tile] of the planes x [in, height, width].
template <class T>
void gather_columns(const ConvShape& s, const T* x, const Tile& tile, T* columns) {
  T* to = columns;
  for_taps(s, tile,
           [&](std::int64_t channel, std::int64_t iy, std::int64_t first, std::int64_t end,
               std::int64_t ix) {
             if (iy < 0) first = end = 0;
             std::fill(to, to + first, T(0));
             const T* const from = x + (channel * s.height + iy) * s.width + ix;
             if (s.stride_x == 1) {
               std::copy(from, from + (end - first), to + first);
             } else {
               for (std::int64_t i = first; i < end; ++i) to[i] = from[(i - first) * s.stride_x];
             }
             std::fill(to + end, to + tile.width(), T(0));
             to += tile.width();
           });
}

// The reverse: adds every entry of the columns to the pixel of dx that it came from.
template <class T>
void scatter_columns(const ConvShape& s, const T* columns, const Tile& tile, T* dx) {
  const auto accumulate = kernels().of<T>().accumulate;
  const T* from = columns;
  for_taps(s, tile,
           [&](std::int64_t channel, std::int64_t iy, std::int64_t first, std::int64_t end,
               std::int64_t ix) {
             if (iy >= 0 && end > first) {
               T* const to = dx + (channel * s.height + iy) * s.width + ix;
               if (s.stride_x == 1) {
                 accumulate(end - first, from + first, to);
               } else {
                 for (std::int64_t i = first; i < end; ++i) to[(i - first) * s.stride_x] += from[i];
               }
             }
             from += tile.width();
           });
}

// An output plane cut into tiles of nearly equal height; rows that are too long, into pieces.
struct Tiles {
  const ConvShape& s;
  std::int64_t rows, columns;

  template <class T>
  static Tiles of(const ConvShape& s, T) {
    if (s.direct()) return {s, s.out_height, s.out_width};
    const std::int64_t fit = column_bytes / (s.taps() * static_cast<std::int64_t>(sizeof(T)));
    const std::int64_t most = std::clamp<std::int64_t>(fit / s.out_width, 1, s.out_height);
    const std::int64_t rows = up(s.out_height, up(s.out_height, most));
    return {s, rows, rows > 1 ? s.out_width : strip(s.out_width, fit, 0)};
  }
  std::int64_t strips() const { return up(s.out_width, columns); }
  std::int64_t count() const { return up(s.out_height, rows) * strips(); }
  Tile operator[](std::int64_t index) const {
    const std::int64_t top = index / strips() * rows, left = index % strips() * columns;
    return {top, std::min(top + rows, s.out_height), left, std::min(left + columns, s.out_width)};
  }
  // Where a tile begins in its plane.
  std::int64_t offset(const Tile& tile) const { return tile.top * s.out_width + tile.left; }
};

template <class T>
T* column_memory(const ConvShape& s, const Tiles& tiles) {
  return scratch_of<T>(s.taps() * tiles.rows * tiles.columns, 2, "conv2d");
}

// The columns of a tile of one image and group.
template <class T>
struct Part {
  const T* columns;
  std::int64_t column_row;  // from tap to tap
};

template <class T>
Part<T> part_of(const ConvShape& s, const T* x, const Tile& tile, T* memory) {
  if (s.direct()) return {x, s.plane()};
  gather_columns(s, x, tile, memory);
  return {memory, tile.pixels()};
}

}  // namespace

template <class T>
void columns_forward(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y) {
  const Tiles tiles = Tiles::of(s, T());
  parallel_for(s.images * s.groups * tiles.count(), s.work() / 8, [&](std::int64_t chunk) {
    const std::int64_t both = chunk / tiles.count(), group = both % s.groups;
    const Tile tile = tiles[chunk % tiles.count()];
    T* const memory = s.direct() ? nullptr : column_memory<T>(s, tiles);
    const Part<T> part = part_of(s, x + both * s.in * s.plane(), tile, memory);
    T* const out = y + both * s.out * s.out_plane() + tiles.offset(tile);
    for (std::int64_t o = 0; bias && o < s.out; ++o)
      std::fill_n(out + o * s.out_plane(), tile.pixels(), bias[group * s.out + o]);
    product<T>({.m = s.out,
                .n = tile.pixels(),
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
    for (std::int64_t i = 0; i < tiles.count(); ++i) {
      const Tile tile = tiles[i];
      product<T>({.m = s.taps(),
                  .n = tile.pixels(),
                  .k = s.out,
                  .a = w,
                  .a_row = 1,
                  .a_col = s.taps(),
                  .b = g + both * s.out * s.out_plane() + tiles.offset(tile),
                  .b_row = s.out_plane(),
                  .b_col = 1,
                  .c = memory,
                  .c_row = tile.pixels(),
                  .bias = nullptr,
                  .accumulate = false});
      if (!direct) scatter_columns(s, memory, tile, to);
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
  const Pooled<T> partial(blocks * size, "conv2d_backward_weight");
  parallel_for(blocks * s.groups, s.work() / 8, [&](std::int64_t chunk) {
    const std::int64_t block = chunk / s.groups, group = chunk % s.groups;
    T* const sum = partial.get() + chunk * s.out * s.taps();
    T* const memory = s.direct() ? nullptr : column_memory<T>(s, tiles);
    bool first = true;
    for (std::int64_t i = block * images; i < std::min(s.images, (block + 1) * images); ++i) {
      const std::int64_t both = i * s.groups + group;
      for (std::int64_t j = 0; j < tiles.count(); ++j, first = false) {
        const Tile tile = tiles[j];
        const Part<T> part = part_of(s, x + both * s.in * s.plane(), tile, memory);
        product<T>({.m = s.taps(),
                    .n = s.out,
                    .k = tile.pixels(),
                    .a = part.columns,
                    .a_row = part.column_row,
                    .a_col = 1,
                    .b = g + both * s.out * s.out_plane() + tiles.offset(tile),
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

#define ATTUNE_CONV(T)                                                               \
  template void columns_forward(const ConvShape&, const T*, const T*, const T*, T*); \
  template void columns_backward_input(const ConvShape&, const T*, const T*, T*);    \
  template void columns_backward_weight(const ConvShape&, const T*, const T*, T*);
ATTUNE_CONV(float)
ATTUNE_CONV(double)
#undef ATTUNE_CONV

}  // namespace attune::internal
