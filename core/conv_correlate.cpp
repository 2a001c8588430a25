// A chunk is a block of result rows of an image, a piece of a long row, or some whole images, of a
// group, for some of its results: cut by the shape alone.
#include "core/conv_correlate.hpp"

#include <numeric>

#include "core/conv_cut.hpp"
#include "core/conv_product.hpp"
#include "core/conv_stencil.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// The copy of a chunk's source stays in a second-level cache. Of a kernel of one row less is
// copied: a tile reads every channel once, and each would be another page.
constexpr std::int64_t copy_bytes = 393216, copy_bytes_of_one_row = 262144;
// Weights of a unit over the terms of a sum stay in the first-level cache beside the planes. (3 x
// 3, 256 -> 256, 14 x 14, batches of 16: 36 KiB, 20.7 ms; 18 KiB 18.3.)
constexpr std::int64_t panel_bytes = 24576;
// Small images share a chunk, so that weights are read from far away once for so many positions.
constexpr std::int64_t shared_positions = 256;
constexpr std::int64_t fewest_chunks = 16;
// Multiplications of a chunk: small groups share one. (3 x 3, 128 groups of a channel, 28 x 28,
// batches of 16: 0.71 ms; a chunk each 0.80.)
constexpr std::int64_t shared_work = 65536;

// Of so few terms the sums that have results in their lanes cost more to turn. (Batches of 64, us:
// 3 x 3, 3 -> 32, 32 x 32, 1125, by pixels 767; 5 x 5, 2280 and 1897; 7 x 7 of 147 terms, 3 -> 64,
// 112 x 112, strides of 2, batches of 8, 2645 and 2832.)
constexpr std::int64_t few_terms = 96;

// Some results of a group, computed together.
struct Unit {
  std::int64_t first, count, wide;
};

template <class T>
struct Job {
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
  std::vector<std::int64_t> taps;
  std::int64_t square = 1;
  T* packed = nullptr;  // weights, [groups, results padded, channels, taps]
  T* start = nullptr;   // bias, [groups, results padded]

  explicit Job(const Correlation<T>& correlation)
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
      const PlaneCopy<T> copy(columns);
      plane = copy.plane(rows);
      row_step = columns.copied();
      taps = copy.taps(rows);
    }
    if (c.rows.stride == c.rows.reach && c.rows.taps == c.columns.taps) square = c.rows.taps;
    sums_plane = by_pixels && in_place ? c.result_plane : round_up(band * strip, line<T>);
    sums_size = by_pixels && in_place ? 0 : wide * sums_plane;
  }

  bool fits() const { return internal::fits(c.rows, c.columns, band, strip); }
  std::int64_t chunks() const {
    return up(c.images, images) * up(c.groups, groups) * bands * strips * parts;
  }
  Unit unit(std::int64_t index) const {
    const std::int64_t first = index * wide, count = std::min(wide, c.results - first);
    if (by_pixels) return {first, count, count};
    return {first, count, count <= kernels.lanes ? kernels.lanes : wide};
  }
  // Results of a group in the layout of the kernels.
  std::int64_t padded() const { return by_pixels ? c.results : round_up(c.results, kernels.lanes); }
  const T* weights(std::int64_t group, const Unit& u, std::int64_t channel) const {
    return packed + ((group * padded() + u.first) * c.channels + channel * u.wide) * c.taps();
  }
};

template <class T>
void pack_unit(const Job<T>& job, std::int64_t group, const Unit& u) {
  const Correlation<T>& c = job.c;
  const T* const from = c.w + group * c.w_group + u.first * c.w_result;
  T* to = const_cast<T*>(job.weights(group, u, 0));
  if (c.w_channel == c.taps() && c.rows.kernel_step == 1 && c.columns.kernel_step == 1) {
    if (u.count < u.wide) std::fill_n(to, u.wide * c.channels * c.taps(), T(0));
    job.kernels.transpose(c.channels * c.taps(), u.count, from, c.w_result, to, u.wide);
  } else {
    for (std::int64_t channel = 0; channel < c.channels; ++channel) {
      for (std::int64_t i = 0; i < c.rows.taps; ++i) {
        for (std::int64_t j = 0; j < c.columns.taps; ++j, to += u.wide) {
          const T* const entry = from + channel * c.w_channel +
                                 (c.rows.kernel + i * c.rows.kernel_step) * c.w_row +
                                 c.columns.kernel + j * c.columns.kernel_step;
          for (std::int64_t r = 0; r < u.count; ++r) to[r] = entry[r * c.w_result];
          std::fill(to + u.count, to + u.wide, T(0));
        }
      }
    }
  }
  T* const start = job.start + group * job.padded() + u.first;
  for (std::int64_t r = 0; r < u.wide; ++r)
    start[r] = c.bias && r < u.count ? c.bias[group * c.results + u.first + r] : T(0);
}

// Results of a unit, so many rows and columns of them, from where the kernels leave them: places
// some steps apart.
template <class T>
void put(const Job<T>& job, const Unit& u, const T* sums, std::int64_t rows, std::int64_t columns,
         T* turned, T* to) {
  const Correlation<T>& c = job.c;
  if (!job.by_pixels) {
    job.kernels.transpose(u.count, rows * columns, sums, u.wide, turned, job.sums_plane);
    sums = turned;
  }
  for (std::int64_t r = 0; r < u.count; ++r) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const T* const from = sums + r * job.sums_plane + i * columns;
      T* const out = to + r * c.result_plane + i * c.rows.step * c.result_width;
      if (c.columns.step == 2)
        job.kernels.spread_pairs(columns, from, out);
      else
        for (std::int64_t j = 0; j < columns; ++j) out[j * c.columns.step] = from[j];
    }
  }
}

// A group's results of some images, rows, columns and units.
template <class T>
void run_group(const Job<T>& job, const PlaneCopy<T>& copy, std::int64_t image, std::int64_t group,
               std::int64_t begin, std::int64_t left, std::int64_t part) {
  const Correlation<T>& c = job.c;
  const std::int64_t images = std::min(job.images, c.images - image);
  const std::int64_t rows = std::min(job.band, c.rows.count - begin);
  const std::int64_t columns = std::min(job.strip, c.columns.count - left);

  T* const sums = scratch_of<T>((images + (job.in_place ? 0 : 1)) * job.sums_size, 1);
  const auto both = [&](std::int64_t i) { return (image + i) * c.groups + group; };
  const auto result = [&](std::int64_t i, const Unit& u) {
    return c.result + (both(i) * c.results + u.first) * c.result_plane +
           (c.rows.first + begin * c.rows.step) * c.result_width + c.columns.first +
           left * c.columns.step;
  };
  const std::int64_t source_plane = c.rows.size * c.columns.size;
  const auto source = [&](std::int64_t i) {
    return c.source + both(i) * c.channels * source_plane;
  };
  const T* planes = nullptr;
  std::int64_t image_step = 0;
  if (job.direct) {
    planes = source(0) + (c.rows.origin + begin) * job.row_step + c.columns.origin + left;
    image_step = c.groups * c.channels * source_plane;
  } else {
    T* const copies = scratch_of<T>(images * c.channels * job.plane + 2 * line<T>, 0);
    for (std::int64_t i = 0; i < images; ++i)
      copy(c.rows.part(begin, job.band), c.channels, source(i),
           copies + i * c.channels * job.plane);
    planes = copies;
    image_step = c.channels * job.plane;
  }

  const T* next =
      image + 2 * job.images <= c.images && job.next_lines > 0 ? source(images) : nullptr;
  const bool turn = !job.by_pixels && job.in_place;
  const std::int64_t end = job.units * (part + 1) / job.parts;
  for (std::int64_t index = job.units * part / job.parts; index < end; ++index) {
    const Unit u = job.unit(index);
    for (std::int64_t channel = 0; channel < c.channels; channel += job.channels_at_once) {
      for (std::int64_t i = 0; i < images; ++i) {
        const ConvBlock<T> block{
            .x = planes + i * image_step + channel * job.plane,
            .channels = std::min(job.channels_at_once, c.channels - channel),
            .plane = job.plane,
            .row_step = job.row_step,
            .taps = job.taps.data(),
            .n_taps = c.taps(),
            .square = job.square,
            .w = job.weights(group, u, channel),
            .results = u.count,
            .rows = rows,
            .columns = columns,
            .start = channel == 0 ? job.start + group * job.padded() + u.first : nullptr,
            .sums = job.by_pixels && job.in_place ? result(i, u) : sums + i * job.sums_size,
            .sums_plane = job.sums_plane,
            .whole = !job.direct,
            .result = turn && channel + job.channels_at_once >= c.channels ? result(i, u) : nullptr,
            .result_plane = c.result_plane,
            .result_row = c.result_width,
            .next = next,
            .next_lines = next ? job.next_lines : 0};
        next += block.next_lines * job.tiles * line<T>;
        (job.by_pixels ? job.kernels.by_pixels : job.kernels.by_channels)(block);
      }
    }
    for (std::int64_t i = 0; i < images && !job.in_place; ++i)
      put(job, u, sums + i * job.sums_size, rows, columns, sums + images * job.sums_size,
          result(i, u));
  }
}

template <class T>
void run_chunk(const Job<T>& job, std::int64_t chunk) {
  const Correlation<T>& c = job.c;
  const std::int64_t part = chunk % job.parts;
  chunk /= job.parts;
  const std::int64_t left = chunk % job.strips * job.strip;
  chunk /= job.strips;
  const std::int64_t begin = chunk % job.bands * job.band;
  chunk /= job.bands;
  const std::int64_t cuts = up(c.groups, job.groups), image = chunk / cuts * job.images;
  const std::int64_t first_group = chunk % cuts * job.groups;
  const PlaneCopy<T> copy(c.columns.part(left, job.strip));
  for (std::int64_t group = first_group; group < std::min(first_group + job.groups, c.groups);
       ++group)
    run_group(job, copy, image, group, begin, left, part);
}

// Positions that no entry of the kernel meets.
template <class T>
void put_zeros(const Correlation<T>& c) {
  for (std::int64_t i = 0; i < c.images * c.groups * c.results; ++i) {
    for (std::int64_t row = 0; row < c.rows.count; ++row) {
      T* const to = c.result + i * c.result_plane +
                    (c.rows.first + row * c.rows.step) * c.result_width + c.columns.first;
      for (std::int64_t j = 0; j < c.columns.count; ++j) to[j * c.columns.step] = T(0);
    }
  }
}

}  // namespace

template <class T>
bool correlate(const Correlation<T>& c) {
  if (c.images == 0 || c.rows.count == 0 || c.columns.count == 0) return true;
  if (c.taps() == 0) {
    put_zeros(c);
    return true;
  }
  if (correlate_stencil(c) || correlate_product(c)) return true;
  Job<T> job(c);
  if (!job.fits()) return false;
  const std::int64_t starts = round_up(c.groups * job.padded(), line<T>);
  job.start = scratch_of<T>(starts + c.groups * job.padded() * c.channels * c.taps(), 2);
  job.packed = job.start + starts;
  const std::int64_t weights = c.groups * c.results * c.channels * c.taps();
  parallel_for(c.groups * job.units, weights,
               [&](std::int64_t i) { pack_unit(job, i / job.units, job.unit(i % job.units)); });
  parallel_for(job.chunks(), c.images * c.rows.count * c.columns.count * weights / 8,
               [&](std::int64_t chunk) { run_chunk(job, chunk); });
  return true;
}

template bool correlate(const Correlation<float>&);
template bool correlate(const Correlation<double>&);

}  // namespace attune::internal
