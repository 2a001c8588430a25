// The innermost part of the convolution: tiles of results that stay in registers while channels and
// taps run. The planes are read where they lie: a tap is an offset.
#pragma once

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_copy.hpp"

namespace attune::internal {
namespace {

// A tile of `rows` neighbouring positions by `width` batches of results: the value of a position
// meets a batch of weights.
template <class T, int rows, int width>
void tile_by_channels(const ConvBlock<T>& p, const T* x, T* sums) {
  constexpr int wide = width * lanes<T>;
  Batch<T> sum[rows][width];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
  const T* w = p.w;
  const std::int64_t *const taps = p.taps, *const end = taps + p.n_taps;
  const std::int64_t plane = p.plane;
  // With one tap every step is another plane: nobody but us foresees that the next tile follows on
  // each. (1 x 1, 256 -> 64, 28 x 28: 2.9 ms, now 2.5.)
  const std::int64_t ahead = p.n_taps == 1 ? 2 * rows - 1 : 0;
  for (std::int64_t c = p.channels; c > 0; --c, x += plane) {
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
using TileByChannels = void (*)(const ConvBlock<T>&, const T*, T*);

template <class T, int width, int... i>
TileByChannels<T> pick_by_channels(std::int64_t rows, std::integer_sequence<int, i...>) {
  constexpr TileByChannels<T> functions[] = {tile_by_channels<T, i + 1, width>...};
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
    T* result = p.result ? p.result + row * p.result_row : nullptr;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t size = least + (tile < higher ? 1 : 0);
      (tile < higher ? high : low)(p, x, sums);
      for (std::int64_t i = 0; i < p.next_lines; ++i, next += 64 / sizeof(T))
        __builtin_prefetch(next, 0, 2);
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

// `results` by `width` batches of positions, from batch to batch `apart` in the source and
// `sums_apart` in the sums; of the last one, or of all, `rest` lanes are positions. A weight meets
// batches of the source.
template <class T, int results, int width>
void tile_by_pixels(const ConvBlock<T>& p, const T* x, std::int64_t apart, T* sums,
                    std::int64_t sums_apart, std::int64_t rest, bool all) {
  Batch<T> sum[results][width];
#pragma GCC unroll 16
  for (int i = 0; i < results; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
  const T* w = p.w;
  const std::int64_t *const taps = p.taps, *const end = taps + p.n_taps;
  const std::int64_t plane = p.plane;
  for (std::int64_t c = p.channels; c > 0; --c, x += plane) {
    for (const std::int64_t* tap = taps; tap != end; ++tap, w += results) {
      const T* const row = x + *tap;
      Batch<T> value[width];
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) value[j] = Batch<T>::load_unaligned(row + j * apart);
#pragma GCC unroll 16
      for (int i = 0; i < results; ++i) {
        const Batch<T> weight(w[i]);
#pragma GCC unroll 2
        for (int j = 0; j < width; ++j) sum[i][j] = fma<T>(weight, value[j], sum[i][j]);
      }
    }
  }
  const First<T> part(rest);
#pragma GCC unroll 16
  for (int i = 0; i < results; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      T* const to = sums + i * p.sums_plane + j * sums_apart;
      const bool whole = rest == lanes<T> || (j + 1 < width && !all);
      if (p.start)
        sum[i][j] += Batch<T>(p.start[i]);
      else
        sum[i][j] += whole ? Batch<T>::load_unaligned(to) : load_part<T>(to, rest, T(0));
      if (whole)
        sum[i][j].store_unaligned(to);
      else
        store_part<T>(sum[i][j], to, rest);
    }
  }
}

// Rows in pairs of batches; rows of one batch in pairs of rows.
template <class T, int results>
void rows_by_pixels(const ConvBlock<T>& p) {
  constexpr std::int64_t n = lanes<T>;
  std::int64_t row = 0;
  if (p.columns <= n) {
    for (; row + 2 <= p.rows; row += 2)
      tile_by_pixels<T, results, 2>(p, p.x + row * p.row_step, p.row_step, p.sums + row * p.columns,
                                    p.columns, p.columns, true);
  }
  for (; row < p.rows; ++row) {
    const T* const x = p.x + row * p.row_step;
    T* const sums = p.sums + row * p.columns;
    std::int64_t j = 0;
    for (; p.columns - j > n; j += 2 * n) {
      const std::int64_t rest = p.columns - j - n;
      tile_by_pixels<T, results, 2>(p, x + j, n, sums + j, n, rest < n ? rest : n, false);
    }
    if (j < p.columns) tile_by_pixels<T, results, 1>(p, x + j, n, sums + j, n, p.columns - j, true);
  }
}

template <class T, int... i>
void pick_by_pixels(const ConvBlock<T>& p, std::integer_sequence<int, i...>) {
  constexpr void (*functions[])(const ConvBlock<T>&) = {rows_by_pixels<T, i + 1>...};
  functions[p.results - 1](p);
}

template <class T>
void conv_by_pixels(const ConvBlock<T>& p) {
  pick_by_pixels(p, std::make_integer_sequence<int, tile_rows<2>>());
}

}  // namespace
}  // namespace attune::internal
