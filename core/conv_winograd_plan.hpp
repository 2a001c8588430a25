// How a convolution by tiles is cut, by the shape alone: a chunk is so many tiles of all images, in
// the order of images, rows and columns, that they fill panels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/conv.hpp"
#include "core/conv_axis.hpp"
#include "core/conv_correlate.hpp"
#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/pooled.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {

// Whether neighbouring taps of 3 x 3 move by so many elements.
inline bool has_square(const ConvShape& s, std::int64_t stride) {
  return s.kernel_height == 3 && s.kernel_width == 3 && s.stride_y == stride &&
         s.stride_x == stride && s.dilation_y == 1 && s.dilation_x == 1;
}

// Whether so many rows and columns leave few of their tiles' lanes and results empty. (64 -> 64,
// direct over tiles: 64 images of 4 x 4 0.96, 16 of 7 x 7 1.08.)
inline bool fill_tiles(std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t narrowest = 7;
  return columns >= narrowest && rows * columns >= 3 * up(rows, 2) * up(columns, 2);
}

// Tiles of one image that follow each other: all of a rectangle but those before the first, and
// those behind the last.
struct TileRun {
  std::int64_t image, row, rows, left, columns;  // the rectangle
  std::int64_t skip, count;
  std::int64_t at;  // their first place
};

// The tiles from `first` to `end` of all images, an image's rows being of so many columns. Those of
// long rows are rectangles of their own: whole rows would be transformed for a few tiles.
inline PooledList<TileRun> runs_of_tiles(std::int64_t first, std::int64_t end, std::int64_t rows,
                                         std::int64_t columns) {
  const bool long_rows = 2 * columns > end - first;
  PooledList<TileRun> runs;
  for (std::int64_t tile = first; tile < end; tile += runs.back().count) {
    const std::int64_t in_image = tile % (rows * columns);
    const std::int64_t row = in_image / columns, column = in_image % columns;
    TileRun run{.image = tile / (rows * columns),
                .row = row,
                .rows = 1,
                .left = column,
                .columns = std::min(end - tile, columns - column),
                .skip = 0,
                .count = 0,
                .at = tile - first};
    run.count = run.columns;
    if (!long_rows) {
      run.count = std::min(end - tile, rows * columns - in_image);
      run.rows = up(column + run.count, columns);
      run.left = 0;
      run.columns = columns;
      run.skip = column;
    }
    runs.push_back(run);
  }
  return runs;
}

// A run as rectangles of which all tiles belong to it, from top to bottom.
inline PooledList<TileRun> rectangles(const TileRun& run) {
  PooledList<TileRun> parts;
  for (std::int64_t done = 0; done < run.count; done += parts.back().count) {
    const std::int64_t tile = run.skip + done, column = tile % run.columns, left = run.count - done;
    TileRun part{.image = run.image,
                 .row = run.row + tile / run.columns,
                 .rows = 1,
                 .left = run.left + column,
                 .columns = std::min(left, run.columns - column),
                 .skip = 0,
                 .count = 0,
                 .at = run.at + done};
    if (column == 0 && left >= run.columns) part.rows = left / run.columns;
    part.count = part.rows * part.columns;
    parts.push_back(part);
  }
  return parts;
}

// Elements from channel to channel of so many places: an odd number of cache lines, so that
// channels crowd no set, with a line at least for what a last batch writes too much.
template <class T>
std::int64_t channel_step(std::int64_t places) {
  return ((up(places, line<T>) + 1) | 1) * line<T>;
}

// What a kernel of sources copies its tiles' rows into, and what it works in: two batches are read
// behind the last row, a row more than there are is written, with a batch behind it.
template <class T>
std::int64_t copied_elements(const ConvAxis& columns, const ConvAxis& rows) {
  return PlaneCopy<T>(columns).plane(rows) + 2 * line<T>;
}
template <class T>
std::int64_t work_row(std::int64_t rows, std::int64_t columns) {
  return round_up((rows + 1) * columns, line<T>) + line<T>;
}

template <class T>
struct WinogradPlan {
  // The places of a chunk's source stay in a second-level cache, and beside them those of some
  // results. (64 -> 64, 28 x 28, batches of 32, on 2 MiB: 256 KiB 7.2 ms, 512 KiB 6.6, 1 MiB 6.9.)
  static constexpr std::int64_t source_bytes = 512 << 10, result_bytes = 256 << 10;
  // Longer sums are not faster and lose digits: over 256 channels at once the error is 2.1 times
  // that of the direct sum, over 64 and 64 it is 1.15 times.
  static constexpr std::int64_t channels_of_sum = 64;
  // Of two panels at least: each chunk reads all weights. (128 -> 128, 2 images of 9 x 9: SSE2 1.3
  // times as fast, AVX2 1.3; 64 -> 64, 2 of 13 x 13, AVX-512 1.17.)
  static constexpr std::int64_t fewest_chunks = 16;

  const Correlation<T>& c;
  const WinogradKernels<T>& kernels;
  const WinogradForm<T>& form;
  std::int64_t scale, height, width;     // results for a position, and of an image
  std::int64_t tile_rows, tile_columns;  // of an image
  std::int64_t positions, chunks;        // tiles of a chunk
  std::int64_t channels;                 // of a sum
  std::int64_t least, higher, groups;    // results of a product: one more of `higher` groups
  std::int64_t together;                 // groups whose places are kept
  T* weights = nullptr;  // [groups together][places][channels of a sum][groups][channels, results]

  WinogradPlan(const Correlation<T>& correlation, const WinogradForm<T>& that, std::int64_t times,
               std::int64_t rows_of_image, std::int64_t columns_of_image)
      : c(correlation),
        kernels(*internal::kernels().of<T>().winograd),
        form(that),
        scale(times),
        height(rows_of_image),
        width(columns_of_image),
        tile_rows(up(c.rows.count, 2)),
        tile_columns(up(c.columns.count, 2)) {
    constexpr std::int64_t size = sizeof(T);
    const std::int64_t panel = kernels.panel;
    const auto panels = [&](std::int64_t tiles) {
      return std::max(tiles / panel, std::int64_t{1});
    };
    positions = panel * std::min(panels(source_bytes / (form.sources * c.channels * size)),
                                 std::max(panels(up(tiles(), fewest_chunks)), std::int64_t{2}));
    chunks = up(tiles(), positions);
    positions = round_up(up(tiles(), chunks), panel);
    channels = round_up(up(c.channels, up(c.channels, channels_of_sum)), winograd_channels);
    groups = up(c.results, kernels.most_results);
    least = c.results / groups;
    higher = c.results % groups;
    together = std::clamp<std::int64_t>(
        result_bytes / (form.result_places * positions * size * (least + 1)), 1, groups);
  }
  std::int64_t tiles() const { return c.images * tile_rows * tile_columns; }
  std::int64_t first(std::int64_t group) const { return group * least + std::min(group, higher); }
  // Where the weights of a group from a channel on stand, and from place to place.
  T* weights_at(std::int64_t group, std::int64_t channel) const {
    const std::int64_t set = group / together * together, begin = first(set);
    const std::int64_t end = first(std::min(set + together, groups));
    const std::int64_t n = std::min(channels, c.channels - channel);
    return weights + winograd_places * begin * c.channels + (end - begin) * channel +
           (first(group) - begin) * n;
  }
  std::int64_t weights_step(std::int64_t group) const {
    const std::int64_t set = group / together * together;
    return (first(std::min(set + together, groups)) - first(set)) * c.channels;
  }
};

// Computes it. Which images have a result that is not finite.
template <class T>
PooledList<char> run_tiles(WinogradPlan<T>& plan);

}  // namespace attune::internal
