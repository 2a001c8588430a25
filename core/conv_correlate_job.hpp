// How a correlation is cut, by the shape alone: a chunk is a block of result rows of an image, a
// piece of a long row, or some whole images, of a group, for some of its results.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/conv_correlate.hpp"
#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

// Some results of a group, computed together.
struct ResultUnit {
  std::int64_t first, count, wide;
};

// A correlation and its pieces.
template <class T>
struct CorrelationJob {
  // The copy of a chunk's source stays in a second-level cache. Of a kernel of one row less is
  // copied: a tile reads every channel once, and each would be another page. (Zen 5, twice and half
  // as much: 5 x 5, 6 -> 16, 14 x 14, batches of 64, us, 146.1, 146.3, 146.5, on two threads 74.3,
  // 74.6, 75.7.)
  static constexpr std::int64_t copy_bytes = 393216, copy_bytes_of_one_row = 262144;
  // Weights of a unit over the terms of a sum stay in the first-level cache beside the planes. (3 x
  // 3, 256 -> 256, 14 x 14, batches of 16: 36 KiB, 20.7 ms; 18 KiB 18.3. 5 x 5, 6 -> 16 on Zen
  // 5: 12 KiB 152 us, 24 145.5, 36 146.3.)
  static constexpr std::int64_t panel_bytes = 24576;
  // Small images share a chunk, so that weights are read from far away once for so many positions.
  // (One thread of Zen 5: 64 to 1024 positions and 4 to 64 chunks differ by less than 2 % in 5 x 5,
  // 6
  // -> 16, 14 x 14 both ways.)
  static constexpr std::int64_t shared_positions = 256;
  static constexpr std::int64_t fewest_chunks = 16;
  // Multiplications of a chunk: small groups share one. (3 x 3, 128 groups of a channel, 28 x 28,
  // batches of 16: 0.71 ms; a chunk each 0.80.)
  static constexpr std::int64_t shared_work = 65536;
  // Of so few terms the sums that have results in their lanes cost more to turn. (Batches of 64,
  // us: 3 x 3, 3 -> 32, 32 x 32, 1125, by pixels 767; 5 x 5, 2280 and 1897; 7 x 7 of 147 terms, 3
  // -> 64, 112 x 112, strides of 2, batches of 8, 2645 and 2832.)
  static constexpr std::int64_t few_terms = 96;

  const Correlation<T>& c;
  const ConvKernels<T>& kernels;
  bool by_pixels, in_place;          // in_place: the kernels write to the result
  std::int64_t units, wide;          // of a group; of a whole unit
  std::int64_t channels_at_once;     // of the source
  std::int64_t parts;                // of the units
  std::int64_t band, bands, images;  // rows of a chunk, their number, images of a chunk
  std::int64_t groups;               // of a chunk
  std::int64_t strip, strips;        // columns of a chunk: all, unless it has one row only
  bool direct;                       // planes are read where they lie
  // The next chunk's source is brought near meanwhile: tiles of a block, and cache lines for each.
  std::int64_t tiles, next_lines;
  ConvAxis rows, columns;  // of a whole chunk
  std::int64_t plane = 0, row_step = 0, sums_plane = 0, sums_size = 0;
  PooledList<std::int64_t> taps;
  PooledList<PlaneCopy<T>> copies;  // of each strip, unless direct
  std::int64_t square = 1;
  // Rows of taps that meet zeros only. A weight that is not finite makes NaN of a zero: then none,
  // or it would show where tiles begin.
  bool leaves_out = false;
  T* packed = nullptr;  // weights, [groups, results padded, channels, taps]
  T* start = nullptr;   // bias, [groups, results padded]

  explicit CorrelationJob(const Correlation<T>& correlation)
      : c(correlation),
        kernels(*internal::kernels().of<T>().conv),
        rows(correlation.rows),
        columns(correlation.columns) {
    const std::int64_t lanes = kernels.lanes, filled = round_up(c.results, lanes);
    const bool inside = c.rows.inside() && c.columns.inside();
    // Whether positions are read by pixels without what lies behind them.
    const bool exact = kernels.parts || c.columns.count % lanes == 0;
    by_pixels =
        5 * c.results < 3 * filled || (c.channels * c.taps() <= few_terms &&
                                       5 * c.columns.count >= 4 * round_up(c.columns.count, lanes));
    direct = inside && (exact || !by_pixels);
    in_place = c.rows.step == 1 && c.columns.step == 1;
    wide = by_pixels ? up(c.results, up(c.results, kernels.pixel_rows)) : 2 * lanes;
    units = up(c.results, wide);
    const std::int64_t terms =
        std::min(sum_bytes, panel_bytes / wide) / static_cast<std::int64_t>(sizeof(T));
    const std::int64_t most = std::max<std::int64_t>(1, terms / c.taps());
    channels_at_once = up(c.channels, up(c.channels, most));

    const std::int64_t row_bytes =
        c.channels * c.columns.copied() * c.rows.slots() * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t most_bytes = c.rows.taps == 1 ? copy_bytes_of_one_row : copy_bytes;
    band = std::clamp<std::int64_t>(most_bytes / row_bytes - c.rows.taps + 1, 1, c.rows.count);
    if (c.images * c.groups * up(c.rows.count, band) < fewest_chunks)
      band = std::min(band, up(c.rows.count, up(fewest_chunks, c.images * c.groups)));
    bands = up(c.rows.count, band);
    band = up(c.rows.count, bands);
    rows = c.rows.part(0, band);
    strip = c.columns.count;
    if (band == 1) {
      const std::int64_t position_bytes =
          c.channels * rows.copied() * c.columns.slots() * static_cast<std::int64_t>(sizeof(T));
      const std::int64_t fewest = up(fewest_chunks, c.images * c.groups * bands);
      strip = internal::strip(
          strip, std::min(most_bytes / position_bytes - c.columns.common(), up(strip, fewest)),
          c.columns.common());
      if (by_pixels) strip = std::min(c.columns.count, round_up(strip, 2 * lanes));
    }
    columns = c.columns.part(0, strip);
    strips = up(c.columns.count, strip);
    images = 1;
    if (bands * strips == 1) {
      images = std::clamp<std::int64_t>(shared_positions / (c.rows.count * c.columns.count), 1,
                                        std::max<std::int64_t>(c.images, 1));
    }
    const std::int64_t cuts = up(c.images, images) * bands * strips;
    parts = std::min(units, up(fewest_chunks, cuts * c.groups));
    groups = std::clamp<std::int64_t>(
        shared_work / (images * band * strip * c.channels * c.taps() * up(c.results, parts)), 1,
        up(c.groups, up(fewest_chunks, cuts * parts)));
    groups = up(c.groups, up(c.groups, groups));

    tiles = band * up(strip, kernels.pixel_rows);
    next_lines = 0;
    if (bands * strips * parts * c.groups == 1 && !by_pixels) {
      const std::int64_t elements = c.channels * c.rows.size * c.columns.size;
      next_lines = elements / line<T> / (units * up(c.channels, channels_at_once) * tiles);
    }

    if (!fits()) return;
    if (direct) {
      plane = c.rows.size * c.columns.size;
      row_step = c.columns.size;
      taps = taps_inside(c.rows, c.columns);
    } else {
      copies.reserve(static_cast<std::size_t>(strips));
      for (std::int64_t left = 0; left < c.columns.count; left += strip)
        copies.emplace_back(c.columns.part(left, strip));
      plane = copies[0].plane(rows);
      row_step = columns.copied();
      taps = copies[0].taps(rows);
    }
    if (c.rows.stride == c.rows.reach && c.rows.taps == c.columns.taps) square = c.rows.taps;
    sums_plane = by_pixels && in_place ? c.result_plane : round_up(band * strip, line<T>);
    sums_size = by_pixels && in_place ? 0 : wide * sums_plane;
  }

  bool fits() const { return internal::fits(c.rows, c.columns, band, strip); }
  std::int64_t chunks() const {
    return up(c.images, images) * up(c.groups, groups) * bands * strips * parts;
  }
  ResultUnit unit(std::int64_t index) const {
    const std::int64_t first = index * wide, count = std::min(wide, c.results - first);
    if (by_pixels) return {first, count, count};
    return {first, count, count <= kernels.lanes ? kernels.lanes : wide};
  }
  // Results of a group in the layout of the kernels.
  std::int64_t padded() const { return by_pixels ? c.results : round_up(c.results, kernels.lanes); }
  const T* weights(std::int64_t group, const ResultUnit& u, std::int64_t channel) const {
    return packed + ((group * padded() + u.first) * c.channels + channel * u.wide) * c.taps();
  }
};

}  // namespace attune::internal
