// How the derivative by a weight is cut, by the shape alone, and the walk over its pieces: a chunk
// is a block of images, a group and a panel of its lanes. Its sums over the images are added to
// those of the other blocks in order. What lanes are is told by the job made of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/conv.hpp"
#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

// Rows and columns of g, of some images of a group and a panel: the first of a chunk's, or added to
// what its sums hold.
struct WeightPiece {
  std::int64_t both, images, panel;  // both: image and group
  std::int64_t row, rows, column, columns;
  bool first;
};

template <class T>
struct WeightJob {
  // The copied planes of a band stay in a second-level cache, where all source channels are copied.
  // (3 x 3 with strides of 2, 64 -> 128, 56 x 56, ms on Zen 5: 32 KiB 11.4, 64 10.8, 128 10.9, 256
  // 10.8, 512 10.9.)
  static constexpr std::int64_t copy_bytes = 131072;
  // Blocks have sums of their own, so many elements: as many chunks as threads may share, within a
  // memory. (4, 16 and 64 chunks: convolutions with strides of 2 and of 5 x 5, both ways, as long
  // on one thread.)
  static constexpr std::int64_t most_chunks = 16, partial_elements = std::int64_t{1} << 22;

  const ConvShape& s;
  const ConvAxis &rows, &columns;
  const T *g, *x;
  const ConvKernels<T>& kernels;
  std::int64_t lanes, sums_of_lane;  // lanes: of a group, with those that stay idle
  std::int64_t n_taps;               // of those that a kernel is given
  std::int64_t panel, panels;        // of lanes
  std::int64_t images, blocks;
  std::int64_t at_once = 1;  // whole images of a piece
  std::int64_t band, strip;  // rows and columns of g at once: all columns, unless it is one row
  bool direct;               // planes are read where they lie
  std::int64_t plane = 0, row_step = 0;
  PooledList<std::int64_t> taps;
  T* partial = nullptr;  // [blocks, groups, panels: sums of a lane, lanes], or the job's own order

  WeightJob(const ConvShape& shape, const ConvAxis& all_rows, const ConvAxis& all_columns,
            const T* all_g, const T* all_x)
      : s(shape),
        rows(all_rows),
        columns(all_columns),
        g(all_g),
        x(all_x),
        kernels(*internal::kernels().of<T>().conv) {}

  // Sums of so many terms. copied: all source channels are.
  void cut(std::int64_t terms, bool copied,
           std::int64_t most_blocks = std::numeric_limits<std::int64_t>::max()) {
    constexpr std::int64_t size_of = sizeof(T);
    panels = up(lanes, panel);
    const std::int64_t wanted =
        std::min({up(most_chunks, s.groups * panels),
                  std::max<std::int64_t>(1, partial_elements / size()), most_blocks, s.images});
    images = up(s.images, wanted);
    blocks = up(s.images, images);
    std::int64_t most_rows = terms / s.out_width;
    if (copied) {
      const std::int64_t row_bytes = s.in * columns.copied() * rows.slots() * size_of;
      most_rows = std::min(most_rows, copy_bytes / row_bytes - s.kernel_height + 1);
    }
    band = std::clamp<std::int64_t>(most_rows, 1, s.out_height);
    band = up(s.out_height, up(s.out_height, band));
    strip = s.out_width;
    if (band > 1) return;
    std::int64_t most = terms;
    if (copied) {
      const std::int64_t position_bytes =
          s.in * rows.part(0, 1).copied() * columns.slots() * size_of;
      most = std::min(most, copy_bytes / position_bytes - columns.common());
    }
    strip = internal::strip(strip, most, columns.common());
  }
  // Where planes and taps are; those of the first source channel alone, or all that a kernel takes.
  void place(const ConvAxis& some_columns) {
    const ConvAxis some_rows = rows.part(0, band);
    const PlaneCopy<T> copy(some_columns);
    row_step = direct ? s.width : some_columns.copied();
    plane = direct ? s.plane() : copy.plane(some_rows);
    taps = direct ? taps_inside(rows, columns) : copy.taps(some_rows);
    taps.reserve(static_cast<std::size_t>(n_taps));
    for (std::size_t tap = 0; static_cast<std::int64_t>(taps.size()) < n_taps; ++tap)
      taps.push_back(taps[tap] + plane);
  }
  bool fits() const { return internal::fits(rows, columns, band, strip); }
  std::int64_t size() const { return s.groups * lanes * sums_of_lane; }
  std::int64_t wide(std::int64_t index) const { return std::min(panel, lanes - index * panel); }
  T* sums(std::int64_t block, std::int64_t group, std::int64_t index) const {
    return partial + block * size() + (group * lanes + index * panel) * sums_of_lane;
  }
};

// `job.add(piece, sums)` for all pieces, then `job.put(group, panel, sums, dweight)`.
template <class T, class Job>
void run_weights(Job& job, T* dweight) {
  const ConvShape& s = job.s;
  const Pooled<T> partial(job.blocks * job.size(), "conv2d_backward_weight");
  job.partial = partial.get();
  parallel_for(job.blocks * s.groups * job.panels, s.work() / 8, [&](std::int64_t chunk) {
    const std::int64_t panel = chunk % job.panels, group = chunk / job.panels % s.groups;
    const std::int64_t block = chunk / job.panels / s.groups;
    const std::int64_t end = std::min(s.images, (block + 1) * job.images);
    bool first = true;
    for (std::int64_t i = block * job.images; i < end; i += job.at_once)
      for (std::int64_t row = 0; row < s.out_height; row += job.band)
        for (std::int64_t column = 0; column < s.out_width; column += job.strip, first = false)
          job.add({.both = i * s.groups + group,
                   .images = std::min(job.at_once, end - i),
                   .panel = panel,
                   .row = row,
                   .rows = std::min(job.band, s.out_height - row),
                   .column = column,
                   .columns = std::min(job.strip, s.out_width - column),
                   .first = first},
                  job.sums(block, group, panel));
  });
  parallel_for(s.groups * job.panels, job.blocks * job.size(), [&](std::int64_t i) {
    const std::int64_t group = i / job.panels, panel = i % job.panels;
    T* const sums = job.sums(0, group, panel);
    for (std::int64_t block = 1; block < job.blocks; ++block)
      kernels().of<T>().accumulate(job.sums_of_lane * job.wide(panel),
                                   job.sums(block, group, panel), sums);
    job.put(group, panel, sums, dweight);
  });
}

}  // namespace attune::internal
