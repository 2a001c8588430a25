// What the kernels of the convolution are asked for: sums over channels and taps of planes that lie
// padded in memory, and their sums over pixels. Raw pointers in the kernels' own layouts; serial.
#pragma once

#include <algorithm>
#include <cstdint>

namespace attune::internal {

// Taps from first to end of a list of them.
struct TapRange {
  std::int64_t first, end;
};

// Rows of zeros around a plane in its padded copy, as rows of taps meet them. REQUIRES, where there
// are any: finite weights, and sums that begin from no -0.
struct ConvBorder {
  std::int64_t above = 0;                // of the copy's rows, the first with an element
  std::int64_t below = INT64_MAX;        // the first behind them
  std::int64_t tap_rows = 1, reach = 1;  // rows of taps, and how many rows each is below the last
  std::int64_t row_taps = 0;             // taps of such a row

  // Those that meet an element at one of `count` rows from `row` on; the others add zeros. (5 x 5,
  // 6 -> 16 channels, 14 x 14 to 10 x 10 and back, 64 images, both ways: 1.31 ms, now 1.23.)
  TapRange met(std::int64_t row, std::int64_t count) const {
    const std::int64_t last = row + count - 1;
    if (last >= above && row + (tap_rows - 1) * reach < below) return {0, tap_rows * row_taps};
    const auto up = [this](std::int64_t n) { return n <= 0 ? 0 : (n - 1) / reach + 1; };
    const std::int64_t first = std::min(up(above - last), tap_rows);
    return {first * row_taps, std::clamp(up(below - row), first, tap_rows) * row_taps};
  }
};

// For each result r and position (row, column), summed over source channels c and taps t:
//   x[c * plane + taps[t] + row * row_step + column] * w[(c * n_taps + t) * wide + r]
template <class T>
struct ConvBlock {
  const T* x;
  std::int64_t channels, plane, row_step;
  const std::int64_t* taps;
  std::int64_t n_taps;
  ConvBorder border;
  std::int64_t square;  // side of the square of taps whose rows are row_step apart; 1: no matter
  const T* w;
  std::int64_t results;
  std::int64_t rows, columns;
  const T* start;  // what the sums begin from, by result; null: from what stands in `sums`
  T* sums;
  std::int64_t sums_plane;  // of `by_pixels`
  bool whole;  // `by_pixels` may read whole batches; needs not be said where `parts` is false
  // Of `by_channels`: where the sums go in the end, [results: result_plane, rows: result_row,
  // columns], or null. `sums` then has room for a tile where `start` is not null, and is spent.
  T* result;
  std::int64_t result_plane, result_row;
  // `by_channels` brings near what is read next while it computes: so many cache lines a tile.
  const T* next;
  std::int64_t next_lines;
};

// For each result o, lane l and tap t, summed over positions (row, column):
//   g[o * g_plane + row * columns + column] *
//   x[(taps[t] + row * row_step + column * step) * wide + l]
template <class T>
struct ConvWeightBlock {
  const T* g;
  std::int64_t results, g_plane;
  const T* x;
  std::int64_t wide;  // lanes that x has at a position
  std::int64_t row_step, step;
  const std::int64_t* taps;
  std::int64_t n_taps, rows, columns;
  T* sums;   // [n_taps, results, wide]
  bool add;  // to what `sums` holds
};

// For each tap t and lane l, summed over positions (row, column):
//   x[taps[t] + row * row_step + column] * g[(row * columns + column) * wide + l]
template <class T>
struct ConvResultWeights {
  const T* x;
  std::int64_t row_step;
  const std::int64_t* taps;  // of all source channels
  std::int64_t n_taps;
  const T* g;
  std::int64_t wide;  // lanes that g has at a position
  std::int64_t rows, columns;
  T* sums;   // [n_taps, wide]
  bool add;  // to what `sums` holds
};

// For each result o, tap t and lane l, summed over images i, rows and their columns l, l + lanes,
// ...:
//   g[i * g_image + o * g_plane + row * columns + column] *
//   x[i * x_image + taps[t] + row * row_step + column]
template <class T>
struct ConvDots {
  const T* g;
  std::int64_t results, g_plane;
  const T* x;
  std::int64_t row_step;
  const std::int64_t* taps;  // of all source channels
  std::int64_t n_taps, images, g_image, x_image, rows, columns;
  T* sums;   // [results, n_taps, lanes]
  bool add;  // to what `sums` holds
};

// For each position (row, column), summed over a square of side x side taps; x is a plane of height
// x width as it lies, zero outside:
//   x[(row + i - above) * width + column + j - before] * w[i * side + j]
template <class T>
struct ConvStencil {
  const T* x;
  std::int64_t height, width, above, before;
  std::int64_t rows, columns;  // 1 at least
  std::int64_t side;           // 3 or 5
  const T* w;
  T start;  // is added to each sum
  T* y;     // [rows, columns]
};

// For each result r and column, summed over channels c:
//   x[c * plane + column] * weight of r and c
// w: of each `at_once` results in turn, of the last what is left, [all_channels, results]; the sum
// begins at `channel`.
template <class T>
struct ConvProduct {
  const T* x;
  std::int64_t channels, plane;
  std::int64_t next;  // elements from the last two batches of columns to what is read next
  const T* w;
  std::int64_t channel, all_channels, results, at_once, columns;
  const T* start;  // what the sums begin from, by result; null: from what stands in y
  T* y;            // [results: y_plane, columns]
  std::int64_t y_plane;
};

// A part of a padded row: `before` zeros, n elements from `offset` on, then zeros.
struct ConvSide {
  std::int64_t before, n, offset;
};

// Rows of a plane on their way into a padded copy, where they follow one another: `above` rows of
// zeros, the rows from x on, `below` rows of zeros. Each consists of the sides, `length` elements
// long, whose source elements are `stride` apart. Writes a batch of zeros behind the last row.
template <class T>
struct ConvRows {
  std::int64_t above, rows, below;
  const T* x;
  std::int64_t x_row, stride, x_next;  // x_next: to the plane that is copied next
  const ConvSide* sides;
  std::int64_t n_sides, length;
  T* y;
};

template <class T>
struct ConvKernels {
  std::int64_t lanes;       // of a batch
  std::int64_t pixel_rows;  // results of `by_pixels`, positions of a tile of `by_channels`, at most
  bool parts;               // `by_pixels` reads nothing behind a row; else up to a whole batch

  // Lanes are results, up to 2 * lanes of them. wide: lanes, or twice as many for more results.
  // w and start are padded to it, and are aligned. sums [rows, columns, wide].
  void (*by_channels)(const ConvBlock<T>&);

  // Lanes are positions. wide: results. sums [results: sums_plane, rows, columns].
  void (*by_pixels)(const ConvBlock<T>&);

  // Lanes are positions.
  void (*product)(const ConvProduct<T>&);

  // Null where parts of batches cost too much.
  void (*stencil)(const ConvStencil<T>&);

  void (*weights)(const ConvWeightBlock<T>&);
  void (*result_weights)(const ConvResultWeights<T>&);
  void (*dots)(const ConvDots<T>&);

  // y[2 i] = x[i], i < n; the elements between stay. REQUIRES: n > 0.
  void (*spread_pairs)(std::int64_t n, const T* x, T* y);

  void (*pad)(const ConvRows<T>&);

  // y[i * y_row + j] = x[j * x_row + i], i < m, j < n
  void (*transpose)(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y,
                    std::int64_t y_row);
};

}  // namespace attune::internal
