// A chunk is a block of images, a group and a panel of results, which are lanes. Its sums over the
// images are added to those of the other blocks in order.
#include "core/conv_weight_results.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Fewer taps do not pay for bringing results into lanes. (Batches of 64: 3 x 3, 1 -> 32, 28 x 28,
// 433 us, by results 480; 3 -> 32, 32 x 32, 1210 and 1157; 5 x 5, 6 -> 16, 14 x 14, 538 and 237.)
constexpr std::int64_t least_taps = 18;

template <class T>
struct Job {
  const ConvShape& s;
  const ConvAxis &rows, &columns;
  const T *g, *x;
  const ConvKernels<T>& kernels;
  std::int64_t n_taps, padded;  // of all source channels of a group; results with idle lanes
  std::int64_t panel, panels;   // of results
  std::int64_t images, blocks;
  std::int64_t band, strip;  // rows and columns of g at once
  bool direct;               // planes are read where they lie
  std::int64_t plane = 0, row_step = 0;
  std::vector<std::int64_t> taps;
  T* partial = nullptr;  // [blocks, groups, panels: taps, wide]

  Job(const ConvShape& shape, const ConvAxis& all_rows, const ConvAxis& all_columns, const T* all_g,
      const T* all_x)
      : s(shape),
        rows(all_rows),
        columns(all_columns),
        g(all_g),
        x(all_x),
        kernels(*internal::kernels().of<T>().conv) {
    constexpr std::int64_t size_of = sizeof(T), terms = sum_bytes / size_of;
    n_taps = s.in * s.kernel_height * s.kernel_width;
    padded = round_up(s.out, kernels.lanes);
    panel = std::min(padded, 2 * kernels.lanes);
    panels = up(padded, panel);
    const std::int64_t wanted = most_blocks(s.groups * panels, size());
    images = up(s.images, std::min(s.images, wanted));
    blocks = up(s.images, images);
    direct = rows.inside() && columns.inside();
    band = std::clamp<std::int64_t>(terms / s.out_width, 1, s.out_height);
    const std::int64_t row_bytes = s.in * columns.copied() * rows.slots() * size_of;
    if (!direct)
      band = std::clamp<std::int64_t>(weight_copy_bytes / row_bytes - s.kernel_height + 1, 1, band);
    band = up(s.out_height, up(s.out_height, band));
    strip = s.out_width;
    if (band == 1) {
      const std::int64_t position_bytes =
          s.in * rows.part(0, 1).copied() * columns.slots() * size_of;
      const std::int64_t most = weight_copy_bytes / position_bytes - columns.common();
      strip = internal::strip(strip, direct ? terms : std::min(most, terms), columns.common());
    }
    if (!fits()) return;
    const PlaneCopy<T> copy(columns.part(0, strip));
    const ConvAxis rows_at_once = rows.part(0, band);
    plane = direct ? s.plane() : copy.plane(rows_at_once);
    row_step = direct ? s.width : columns.part(0, strip).copied();
    taps = direct ? taps_inside(rows, columns) : copy.taps(rows_at_once);
    for (std::int64_t tap = 0; static_cast<std::int64_t>(taps.size()) < n_taps; ++tap)
      taps.push_back(taps[static_cast<std::size_t>(tap)] + plane);
  }
  bool fits() const { return internal::fits(rows, columns, band, strip); }
  std::int64_t size() const { return s.groups * padded * n_taps; }
  std::int64_t wide(std::int64_t index) const { return std::min(panel, padded - index * panel); }
  T* sums(std::int64_t block, std::int64_t group, std::int64_t index) const {
    return partial + block * size() + (group * padded + index * panel) * n_taps;
  }
};

// What the rows and columns of g from `begin` and `left` on give, of an image and group: the first
// of a block's sums, or added to them.
template <class T>
void add_piece(const Job<T>& job, std::int64_t both, std::int64_t index, std::int64_t begin,
               std::int64_t left, bool first, T* sums) {
  const ConvShape& s = job.s;
  const std::int64_t wide = job.wide(index), results = std::min(wide, s.out - index * job.panel);
  const std::int64_t rows = std::min(job.band, s.out_height - begin);
  const std::int64_t columns = std::min(job.strip, s.out_width - left);
  const T* x = job.x + both * s.in * s.plane();
  if (job.direct) {
    x += (job.rows.origin + begin) * s.width + job.columns.origin + left;
  } else {
    T* const planes = scratch_of<T>(s.in * job.plane + 2 * line<T>, 0, "conv2d_backward_weight");
    const PlaneCopy<T> copy(job.columns.part(left, job.strip));
    copy(job.rows.part(begin, job.band), s.in, x, planes);
    x = planes;
  }
  T* const turned = scratch_of<T>(rows * columns * wide, 1, "conv2d_backward_weight");
  if (results < wide) std::fill_n(turned, rows * columns * wide, T(0));
  const T* const g =
      job.g + (both * s.out + index * job.panel) * s.out_plane() + begin * s.out_width + left;
  // Of several rows these are all columns.
  job.kernels.transpose(rows * columns, results, g, s.out_plane(), turned, wide);
  job.kernels.result_weights({.x = x,
                              .row_step = job.row_step,
                              .taps = job.taps.data(),
                              .n_taps = job.n_taps,
                              .g = turned,
                              .wide = wide,
                              .rows = rows,
                              .columns = columns,
                              .sums = sums,
                              .add = !first});
}

template <class T>
void run_chunk(const Job<T>& job, std::int64_t chunk) {
  const ConvShape& s = job.s;
  const std::int64_t index = chunk % job.panels, group = chunk / job.panels % s.groups;
  const std::int64_t block = chunk / job.panels / s.groups;
  T* const sums = job.sums(block, group, index);
  bool first = true;
  for (std::int64_t i = block * job.images; i < std::min(s.images, (block + 1) * job.images); ++i)
    for (std::int64_t begin = 0; begin < s.out_height; begin += job.band)
      for (std::int64_t left = 0; left < s.out_width; left += job.strip, first = false)
        add_piece(job, i * s.groups + group, index, begin, left, first, sums);
}

// The weights of one panel of a group: the blocks' sums, and their place.
template <class T>
void gather(const Job<T>& job, std::int64_t group, std::int64_t index, T* dweight) {
  const std::int64_t wide = job.wide(index), first = index * job.panel;
  T* const sums = job.sums(0, group, index);
  for (std::int64_t block = 1; block < job.blocks; ++block)
    kernels().of<T>().accumulate(job.n_taps * wide, job.sums(block, group, index), sums);
  job.kernels.transpose(std::min(wide, job.s.out - first), job.n_taps, sums, wide,
                        dweight + (group * job.s.out + first) * job.n_taps, job.n_taps);
}

}  // namespace

template <class T>
bool correlate_weights_by_results(const ConvShape& s, const ConvAxis& rows, const ConvAxis& columns,
                                  const T* g, const T* x, T* dweight) {
  const std::int64_t lanes = kernels().of<T>().conv->lanes, filled = round_up(s.out, lanes);
  if (5 * s.in >= 3 * round_up(s.in, lanes) || 5 * s.out < 4 * filled || s.taps() < least_taps)
    return false;
  Job<T> job(s, rows, columns, g, x);
  if (!job.fits()) return false;
  const Pooled<T> partial(job.blocks * job.size(), "conv2d_backward_weight");
  job.partial = partial.get();
  parallel_for(job.blocks * s.groups * job.panels, s.work() / 8,
               [&](std::int64_t chunk) { run_chunk(job, chunk); });
  parallel_for(s.groups * job.panels, job.blocks * job.size(),
               [&](std::int64_t i) { gather(job, i / job.panels, i % job.panels, dweight); });
  return true;
}

template bool correlate_weights_by_results(const ConvShape&, const ConvAxis&, const ConvAxis&,
                                           const float*, const float*, float*);
template bool correlate_weights_by_results(const ConvShape&, const ConvAxis&, const ConvAxis&,
                                           const double*, const double*, double*);

}  // namespace attune::internal
