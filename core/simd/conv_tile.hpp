// The innermost part of the convolution: tiles of results that stay in registers while channels and
// taps run. The planes are read where they lie: a tap is an offset.
#pragma once

#include <algorithm>
#include <bit>

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_copy.hpp"

namespace attune::internal {
namespace {

// A tile of `rows` neighbouring positions by `width` batches of results: the value of a position
// meets a batch of weights.
template <class T, int rows, int width>
void tile_by_channels(const ConvBlock<T>& p, const TapRange& met, const T* x, T* sums) {
  constexpr int wide = width * lanes<T>;
  Batch<T> sum[rows][width];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
  const T* w = p.w + met.first * wide;
  const std::int64_t *const taps = p.taps + met.first, *const end = p.taps + met.end;
  const std::int64_t plane = p.plane, not_met = (p.n_taps - (met.end - met.first)) * wide;
  // With one tap every step is another plane: nobody but us foresees that the next tile follows on
  // each. (1 x 1, 256 -> 64, 28 x 28: 2.9 ms, now 2.5.)
  const std::int64_t ahead = p.n_taps == 1 ? 2 * rows - 1 : 0;
  for (std::int64_t c = p.channels; c > 0; --c, x += plane, w += not_met) {
    __builtin_prefetch(x + ahead);
    for (const std::int64_t* tap = taps; tap != end; ++tap, w += wide) {
      const T* const column = x + *tap;
      Batch<T> row[width];
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) row[j] = Batch<T>::load_aligned(w + j * lanes<T>);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const Batch<T> value(column[i]);
#pragma GCC unroll 2
        for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(value, row[j], sum[i][j]);
      }
    }
  }
  const T* before = p.start ? p.start : sums;
  const std::int64_t before_step = p.start ? 0 : wide;
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i, before += before_step)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      sum[i][j] += Batch<T>::load_aligned(before + j * lanes<T>);
      sum[i][j].store_aligned(sums + i * wide + j * lanes<T>);
    }
}

template <class T>
using TileByChannels = void (*)(const ConvBlock<T>&, const TapRange&, const T*, T*);

template <class T, int width, int... i>
TileByChannels<T> pick_by_channels(std::int64_t rows, std::integer_sequence<int, i...>) {
  static constexpr TileByChannels<T> functions[] = {tile_by_channels<T, i + 1, width>...};
  return functions[rows - 1];
}

// A tile's sums to the planes of their results: as soon as they are there, so that what the planes'
// memory is waited for goes on beside the next tile. (64 -> 64, 3 x 3, 28 x 28, a pass of its own:
// 12 % of the time.)
template <class T, int width>
ATTUNE_INLINE void turn_tile(std::int64_t rows, std::int64_t results, const T* from, T* to,
                             std::int64_t plane) {
  constexpr int n = lanes<T>, wide = width * n;
  for (std::int64_t i = 0; i < rows; i += n, from += n * wide, to += n) {
    const int count = static_cast<int>(rows - i < n ? rows - i : n);
    for (std::int64_t r = 0; r < results; r += n) {
      if (results - r >= n) {
        Square<T>::transpose(from + r, wide, to + r * plane, plane, count);
        continue;
      }
      alignas(64) T square[n * n];
      Square<T>::transpose(from + r, wide, square, n, count);
      for (std::int64_t j = r; j < results; ++j) {
        const Batch<T> row = Batch<T>::load_aligned(square + (j - r) * n);
        if (count == n)
          row.store_unaligned(to + j * plane);
        else
          store_part<T>(row, to + j * plane, count);
      }
    }
  }
}

// A row of positions in tiles of nearly equal size.
template <class T, int width>
void rows_by_channels(const ConvBlock<T>& p) {
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows<width>>();
  const std::int64_t tiles = (p.columns + tile_rows<width> - 1) / tile_rows<width>;
  const std::int64_t least = p.columns / tiles, higher = p.columns - least * tiles;
  const TileByChannels<T> low = pick_by_channels<T, width>(least, sizes);
  const TileByChannels<T> high = higher > 0 ? pick_by_channels<T, width>(least + 1, sizes) : low;
  T* sums = p.sums;
  const std::int64_t sums_step = p.result && p.start ? 0 : width * lanes<T>;
  const T* next = p.next;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const T* x = p.x + row * p.row_step;
    const TapRange met = p.border.met(row, 1);
    T* result = p.result ? p.result + row * p.result_row : nullptr;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t size = least + (tile < higher ? 1 : 0);
      (tile < higher ? high : low)(p, met, x, sums);
      for (std::int64_t i = 0; i < p.next_lines; ++i, next += 64 / sizeof(T)) fetch_soon(next);
      if (p.result) {
        turn_tile<T, width>(size, p.results, sums, result, p.result_plane);
        result += size;
      }
      x += size;
      sums += size * sums_step;
    }
  }
}

template <class T>
void conv_by_channels(const ConvBlock<T>& p) {
  if (p.results <= lanes<T>)
    rows_by_channels<T, 1>(p);
  else
    rows_by_channels<T, 2>(p);
}

// Rows in whole batches, each of which is read once: many lie in two cache lines. (5 x 5, 1 -> 6,
// 28 x 28, batches of 64: 173 us where the compiler reads them again for each use.)
template <class T>
struct Held {
  ATTUNE_INLINE Batch<T> load(const T* x) const { return held<T>(Batch<T>::load_unaligned(x)); }
};

// What taps of a channel add to sums of `rows` rows. A weight meets batches of the source.
template <class T, int results, int rows, int width, class Last>
ATTUNE_INLINE void add_taps(const ConvBlock<T>& p, const TapRange& met, const T* x, const T* w,
                            const Last& last, Batch<T> (&sum)[results][rows][width]) {
  const std::int64_t *const end = p.taps + met.end, row_step = p.row_step;
  w += met.first * results;
  for (const std::int64_t* tap = p.taps + met.first; tap != end; ++tap, w += results) {
    const T* row = x + *tap;
    Batch<T> value[rows][width];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i, row += row_step)
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) value[i][j] = load<T, width>(row, j, last);
#pragma GCC unroll 16
    for (int r = 0; r < results; ++r) {
      const Batch<T> weight(w[r]);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int j = 0; j < width; ++j) sum[r][i][j] = fma<T>(weight, value[i][j], sum[r][i][j]);
    }
  }
}

// The same of a kernel of side x side taps and one result: a batch of the source, which seldom lies
// within a cache line, is read once for all rows that it has a part in.
template <class T, int side, int rows, int width>
ATTUNE_INLINE void add_square(const ConvBlock<T>& p, const T* x, const T* w, const First<T>& last,
                              Batch<T> (&sum)[1][rows][width]) {
  const std::int64_t row_step = p.row_step;
  const First<T> all(lanes<T>);  // a batch read by parts is not read again for its next use
#pragma GCC unroll 16
  for (int column = 0; column < side; ++column) {
    const T* row = x + p.taps[column];
    Batch<T> weight[side];
#pragma GCC unroll 16
    for (int i = 0; i < side; ++i) weight[i] = Batch<T>(w[i * side + column]);
#pragma GCC unroll 32
    for (int at = 0; at < rows + side - 1; ++at, row += row_step) {
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) {
        const Batch<T> value = (j + 1 < width ? all : last).load(row + j * lanes<T>);
#pragma GCC unroll 16
        for (int i = 0; i < side; ++i)
          if (at >= i && at - i < rows)
            sum[0][at - i][j] = fma<T>(weight[i], value, sum[0][at - i][j]);
      }
    }
  }
}

// `results` by `rows` rows of `width` batches of positions each, of the last of which `rest` lanes
// are positions. side: of the square of taps, or 1 for any.
template <class T, int results, int side, int rows, int width>
ATTUNE_INLINE void tile_by_pixels(const ConvBlock<T>& p, const TapRange& met, const T* x, T* sums,
                                  std::int64_t rest) {
  Batch<T> sum[results][rows][width];
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r)
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) sum[r][i][j] = Batch<T>(T(0));
  const T* w = p.w;
  const std::int64_t plane = p.plane;
  const First<T> last(rest);
  const auto add = [&](const auto& of_last) ATTUNE_INLINE_LAMBDA {
    for (std::int64_t c = p.channels; c > 0; --c, x += plane, w += p.n_taps * results)
      add_taps(p, met, x, w, of_last, sum);
  };
  if constexpr (side > 1) {
    for (std::int64_t c = p.channels; c > 0; --c, x += plane, w += p.n_taps * results)
      add_square<T, side>(p, x, w, last, sum);
  } else if (!First<T>::free || p.whole || rest == lanes<T>) {
    add(Held<T>());
  } else {
    add(last);
  }
  const T* const start = p.start;
  const std::int64_t sums_plane = p.sums_plane, sums_row = p.columns;
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r, sums += sums_plane) {
    T* to = sums;
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i, to += sums_row) {
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) {
        T* const at = to + j * lanes<T>;
        const bool whole = j + 1 < width || rest == lanes<T>;
        Batch<T> result = sum[r][i][j];
        if (start)
          result += Batch<T>(start[r]);
        else
          result += whole ? Batch<T>::load_unaligned(at) : load_part<T>(at, rest, T(0));
        if (First<T>::free && !(j + 1 < width))
          last.store(result, at);
        else if (whole)
          result.store_unaligned(at);
        else
          store_part<T>(result, at, rest);
      }
    }
  }
}

// As many rows at once as leave room for a batch of the source beside each sum of one result. Few
// results alone would wait for each sum's last term.
template <int results, int width>
inline constexpr int pixel_tile_rows = std::bit_floor(
    std::clamp<unsigned>(2 * (tile_rows<2> + 1) / ((results + 1) * width), 1, 8 / width));

// The rows from `row` on of the columns of a tile.
template <class T, int results, int side, int rows, int width>
void columns_by_pixels(const ConvBlock<T>& p, std::int64_t column, std::int64_t row) {
  const std::int64_t rest =
      std::min<std::int64_t>(p.columns - column - (width - 1) * lanes<T>, lanes<T>);
  for (; row + rows <= p.rows; row += rows)
    tile_by_pixels<T, results, side, rows, width>(p, p.border.met(row, rows),
                                                  p.x + row * p.row_step + column,
                                                  p.sums + row * p.columns + column, rest);
  if constexpr (rows > 1) columns_by_pixels<T, results, side, rows / 2, width>(p, column, row);
}

template <class T, int results, int side = 1>
void rows_by_pixels(const ConvBlock<T>& p) {
  constexpr std::int64_t n = lanes<T>;
  std::int64_t column = 0;
  for (; p.columns - column > n; column += 2 * n)
    columns_by_pixels<T, results, side, pixel_tile_rows<results, 2>, 2>(p, column, 0);
  if (column < p.columns)
    columns_by_pixels<T, results, side, pixel_tile_rows<results, 1>, 1>(p, column, 0);
}

template <class T, int... i>
void pick_by_pixels(const ConvBlock<T>& p, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const ConvBlock<T>&) = {rows_by_pixels<T, i + 1>...};
  functions[p.results - 1](p);
}

template <class T>
void conv_by_pixels(const ConvBlock<T>& p) {
  if (p.results == 1 && p.square == 3) return rows_by_pixels<T, 1, 3>(p);
  if (p.results == 1 && p.square == 5) return rows_by_pixels<T, 1, 5>(p);
  pick_by_pixels(p, std::make_integer_sequence<int, tile_rows<2>>());
}

}  // namespace
}  // namespace attune::internal
