// A correlation chunk by chunk: planes are copied with their padding, unless they are read where
// they lie; weights are packed once.
#include "core/conv_correlate.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/conv_correlate_job.hpp"
#include "core/conv_cut.hpp"
#include "core/conv_product.hpp"
#include "core/conv_stencil.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Says whether all of the unit's weights are finite, where that matters: planes that are read in
// place have no border.
template <class T>
bool pack_unit(const CorrelationJob<T>& job, std::int64_t group, const ResultUnit& u) {
  const Correlation<T>& c = job.c;
  const T* const from = c.w + group * c.w_group + u.first * c.w_result;
  T* const packed = const_cast<T*>(job.weights(group, u, 0));
  T* to = packed;
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
  // With + 0 a bias of -0 is 0, and no sum shows whether zeros were added.
  for (std::int64_t r = 0; r < u.wide; ++r)
    start[r] = c.bias && r < u.count ? c.bias[group * c.results + u.first + r] + T(0) : T(0);
  return job.direct || kernels().of<T>().all_finite(u.wide * c.channels * c.taps(), packed);
}

// Results of a unit, so many rows and columns of them, from where the kernels leave them: places
// some steps apart.
template <class T>
void put(const CorrelationJob<T>& job, const ResultUnit& u, const T* sums, std::int64_t rows,
         std::int64_t columns, T* turned, T* to) {
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
void run_group(const CorrelationJob<T>& job, std::int64_t image, std::int64_t group,
               std::int64_t begin, std::int64_t left, std::int64_t part) {
  const Correlation<T>& c = job.c;
  const std::int64_t images = std::min(job.images, c.images - image);
  const std::int64_t rows = std::min(job.band, c.rows.count - begin);
  const std::int64_t columns = std::min(job.strip, c.columns.count - left);

  T* const sums = scratch_of<T>((images + (job.in_place ? 0 : 1)) * job.sums_size, 1, c.operation);
  const auto both = [&](std::int64_t i) { return (image + i) * c.groups + group; };
  const auto result = [&](std::int64_t i, const ResultUnit& u) {
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
  ConvBorder border{.tap_rows = c.rows.taps, .row_taps = c.columns.taps};
  if (job.direct) {
    planes = source(0) + (c.rows.origin + begin) * job.row_step + c.columns.origin + left;
    image_step = c.groups * c.channels * source_plane;
  } else {
    T* const copies = scratch_of<T>(images * c.channels * job.plane + 2 * line<T>, 0, c.operation);
    const PlaneCopy<T>& copy = job.copies[static_cast<std::size_t>(left / job.strip)];
    const ConvAxis band = c.rows.part(begin, job.band);
    for (std::int64_t i = 0; i < images; ++i)
      copy(band, c.channels, source(i), copies + i * c.channels * job.plane);
    if (job.leaves_out && band.slots() == 1) {
      const ConvSide inside = band.side(0);
      border.above = inside.before;
      border.below = inside.before + inside.n;
      border.reach = std::max<std::int64_t>(band.reach / band.stride, 1);
    }
    planes = copies;
    image_step = c.channels * job.plane;
  }

  const T* next =
      image + 2 * job.images <= c.images && job.next_lines > 0 ? source(images) : nullptr;
  const bool turn = !job.by_pixels && job.in_place;
  const std::int64_t end = job.units * (part + 1) / job.parts;
  for (std::int64_t index = job.units * part / job.parts; index < end; ++index) {
    const ResultUnit u = job.unit(index);
    for (std::int64_t channel = 0; channel < c.channels; channel += job.channels_at_once) {
      for (std::int64_t i = 0; i < images; ++i) {
        const ConvBlock<T> block{
            .x = planes + i * image_step + channel * job.plane,
            .channels = std::min(job.channels_at_once, c.channels - channel),
            .plane = job.plane,
            .row_step = job.row_step,
            .taps = job.taps.data(),
            .n_taps = c.taps(),
            .border = border,
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
void run_chunk(const CorrelationJob<T>& job, std::int64_t chunk) {
  const Correlation<T>& c = job.c;
  const std::int64_t part = chunk % job.parts;
  chunk /= job.parts;
  const std::int64_t left = chunk % job.strips * job.strip;
  chunk /= job.strips;
  const std::int64_t begin = chunk % job.bands * job.band;
  chunk /= job.bands;
  const std::int64_t cuts = up(c.groups, job.groups), image = chunk / cuts * job.images;
  const std::int64_t first_group = chunk % cuts * job.groups;
  for (std::int64_t group = first_group; group < std::min(first_group + job.groups, c.groups);
       ++group)
    run_group(job, image, group, begin, left, part);
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
  CorrelationJob<T> job(c);
  if (!job.fits()) return false;
  const std::int64_t starts = round_up(c.groups * job.padded(), line<T>);
  job.start =
      scratch_of<T>(starts + c.groups * job.padded() * c.channels * c.taps(), 2, c.operation);
  job.packed = job.start + starts;
  const std::int64_t weights = c.groups * c.results * c.channels * c.taps();
  std::atomic<bool> finite = true;  // all weights
  parallel_for(c.groups * job.units, weights, [&](std::int64_t i) {
    if (!pack_unit(job, i / job.units, job.unit(i % job.units))) finite = false;
  });
  job.leaves_out = finite && !job.direct;
  parallel_for(job.chunks(), c.images * c.rows.count * c.columns.count * weights / 8,
               [&](std::int64_t chunk) { run_chunk(job, chunk); });
  return true;
}

template bool correlate(const Correlation<float>&);
template bool correlate(const Correlation<double>&);

}  // namespace attune::internal
