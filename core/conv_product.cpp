// A chunk is a strip of positions of an image and a group, for some of its results: cut by the
// shape alone. Planes are read where they lie.
#include "core/conv_product.hpp"

#include <algorithm>
#include <cstdint>

#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Positions are lanes, and results in place at once, where they leave at most one lane in so many
// empty. (256 -> 64 of 14 x 14 and 256 -> 128 of 7 x 7, both ways: one in 8, 32 and 128 as long
// within 1 %.)
constexpr std::int64_t lanes_for_empty = 32;
// What a chunk reads stays in a second-level cache, and the weights that all of its tiles read. (A
// quarter to four times as many bytes: convolutions of docs/benchmarks.md, both ways, within 3 %;
// on one thread 4 to 64 chunks within 1 %.)
constexpr std::int64_t strip_bytes = 262144, weight_bytes = 131072;
constexpr std::int64_t fewest_chunks = 16;

template <class T>
bool is_product(const Correlation<T>& c) {
  const auto& kernels = *internal::kernels().of<T>().conv;
  const std::int64_t count = c.columns.count, empty = round_up(count, kernels.lanes) - count;
  return c.taps() == 1 && c.rows.count == 1 && c.rows.inside() && c.columns.inside() &&
         c.rows.step == 1 && c.columns.step == 1 && (kernels.parts || empty == 0) &&
         lanes_for_empty * empty <= count;
}

template <class T>
struct Job {
  const Correlation<T>& c;
  const ConvKernels<T>& kernels;
  std::int64_t at_once, channels_at_once;   // results of a tile; channels of a sum
  std::int64_t together;                    // results whose weights stay near
  std::int64_t strip, strips, part, parts;  // positions and results of a chunk
  T* packed;                                // weights, [groups, tiles: channels, results of a tile]
  T* start;                                 // [groups, results]

  explicit Job(const Correlation<T>& correlation)
      : c(correlation), kernels(*internal::kernels().of<T>().conv) {
    constexpr std::int64_t size = sizeof(T);
    at_once = up(c.results, up(c.results, kernels.pixel_rows));
    channels_at_once = up(c.channels, up(c.channels, sum_bytes / size));
    together =
        round_up(std::max<std::int64_t>(1, weight_bytes / (channels_at_once * size)), at_once);
    const std::int64_t columns = c.columns.count, both = c.images * c.groups;
    strip = internal::strip(
        columns, std::min(strip_bytes / (c.channels * size), up(columns, up(fewest_chunks, both))),
        0);
    strip = std::min(columns, round_up(strip, 2 * kernels.lanes));
    strips = up(columns, strip);
    part = round_up(up(c.results, up(fewest_chunks, both * strips)), at_once);
    parts = up(c.results, part);
    start = scratch_of<T>(c.groups * c.results * (c.channels + 1) + line<T>, 2, c.operation);
    packed = start + round_up(c.groups * c.results, line<T>);
  }
};

// The weights of a tile's results.
template <class T>
void pack_tile(const Job<T>& job, std::int64_t group, std::int64_t first) {
  const Correlation<T>& c = job.c;
  const std::int64_t count = std::min(job.at_once, c.results - first);
  const T* const from =
      c.w + group * c.w_group + first * c.w_result + c.rows.kernel * c.w_row + c.columns.kernel;
  T* const to = job.packed + (group * c.results + first) * c.channels;
  if (c.w_channel == 1) {
    job.kernels.transpose(c.channels, count, from, c.w_result, to, count);
  } else {
    for (std::int64_t channel = 0; channel < c.channels; ++channel)
      for (std::int64_t r = 0; r < count; ++r)
        to[channel * count + r] = from[channel * c.w_channel + r * c.w_result];
  }
  for (std::int64_t r = group * c.results + first, end = r + count; r < end; ++r)
    job.start[r] = c.bias ? c.bias[r] : T(0);
}

template <class T>
void run_chunk(const Job<T>& job, std::int64_t chunk) {
  const Correlation<T>& c = job.c;
  const std::int64_t first = chunk % job.parts * job.part;
  const std::int64_t end = std::min(c.results, first + job.part);
  const std::int64_t left = chunk / job.parts % job.strips * job.strip;
  const std::int64_t both = chunk / job.parts / job.strips, group = both % c.groups;
  const std::int64_t columns = std::min(job.strip, c.columns.count - left);
  const std::int64_t plane = c.columns.size * c.rows.size, image = both * c.channels * plane;
  const T* const x = c.source + image + c.rows.origin * c.columns.size + c.columns.origin + left;
  T* const y = c.result + both * c.results * c.result_plane + left;
  // Behind the last strip the next image begins.
  const std::int64_t wide = 2 * job.kernels.lanes, last = (columns - 1) / wide * wide;
  const std::int64_t next =
      left + columns < c.columns.count ? columns - last : c.channels * plane - left - last;
  for (std::int64_t r = first; r < end; r += job.together) {
    const std::int64_t results = std::min(job.together, end - r);
    for (std::int64_t channel = 0; channel < c.channels; channel += job.channels_at_once) {
      job.kernels.product({.x = x + channel * plane,
                           .channels = std::min(job.channels_at_once, c.channels - channel),
                           .plane = plane,
                           .next = next,
                           .w = job.packed + (group * c.results + r) * c.channels,
                           .channel = channel,
                           .all_channels = c.channels,
                           .results = results,
                           .at_once = job.at_once,
                           .columns = columns,
                           .start = channel == 0 ? job.start + group * c.results + r : nullptr,
                           .y = y + r * c.result_plane,
                           .y_plane = c.result_plane});
    }
  }
}

}  // namespace

template <class T>
bool correlate_product(const Correlation<T>& c) {
  if (!is_product(c)) return false;
  const Job<T> job(c);
  const std::int64_t weights = c.groups * c.results * c.channels,
                     tiles = up(c.results, job.at_once);
  parallel_for(c.groups * tiles, weights,
               [&](std::int64_t i) { pack_tile(job, i / tiles, i % tiles * job.at_once); });
  parallel_for(c.images * c.groups * job.strips * job.parts,
               c.images * c.columns.count * weights / 8,
               [&](std::int64_t chunk) { run_chunk(job, chunk); });
  return true;
}

template bool correlate_product(const Correlation<float>&);
template bool correlate_product(const Correlation<double>&);

}  // namespace attune::internal
