// A chunk is a block of images, a group and a panel of source channels, which are lanes; where they
// are too few, positions are, and a panel is all of them. Its sums over the images are added to
// those of the other blocks in order.
#include "core/conv_weight.hpp"

#include <memory>

#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"

namespace attune::internal {
namespace {

// Where positions are lanes, the copied planes of a band stay in a second-level cache.
constexpr std::int64_t copy_bytes = 131072;
// Partial sums: as many chunks as threads may share, within this memory.
constexpr std::int64_t most_chunks = 16, partial_elements = std::int64_t{1} << 22;

template <class T>
struct Job {
  const ConvShape& s;
  const T *g, *x;
  const ConvKernels<T>& kernels;
  ConvAxis rows, columns;
  PlaneCopy<T> copy;
  bool by_dots;                 // lanes are positions
  std::int64_t n_taps, padded;  // padded: source channels of a group, with what fills lanes
  std::int64_t panel, panels;   // of source channels
  std::int64_t images, blocks, band;
  ConvAxis layout;  // the rows of a whole band
  std::int64_t plane;
  std::vector<std::int64_t> taps;
  T* partial = nullptr;  // [blocks, groups, panels: taps, out, wide], or [..: out, in, taps, lanes]

  Job(const ConvShape& shape, const T* g_in, const T* x_in)
      : s(shape),
        g(g_in),
        x(x_in),
        kernels(*internal::kernels().of<T>().conv),
        rows(ConvAxis::forward(s.height, s.kernel_height, s.out_height, s.stride_y, s.dilation_y,
                               s.top)),
        columns(ConvAxis::forward(s.width, s.kernel_width, s.out_width, s.stride_x, s.dilation_x,
                                  s.left)),
        copy(columns),
        n_taps(s.kernel_height * s.kernel_width) {
    const std::int64_t lanes = kernels.lanes;
    padded = round_up(s.in, lanes);
    by_dots = 5 * s.in < 3 * padded;
    panel = by_dots ? s.in : 2 * lanes;
    if (by_dots) padded = s.in * lanes;
    panels = up(s.in, panel);
    const std::int64_t wanted = std::min(up(most_chunks, s.groups * panels),
                                         std::max<std::int64_t>(1, partial_elements / size()));
    images = up(s.images, std::min(s.images, wanted));
    blocks = up(s.images, images);
    const std::int64_t terms = sum_bytes / static_cast<std::int64_t>(sizeof(T));
    band = std::clamp<std::int64_t>(terms * (by_dots ? lanes : 1) / s.out_width, 1, s.out_height);
    if (by_dots) {
      const std::int64_t row_bytes =
          s.in * columns.copied() * rows.slots() * std::int64_t{sizeof(T)};
      band = std::clamp<std::int64_t>(copy_bytes / row_bytes - s.kernel_height + 1, 1, band);
    }
    band = up(s.out_height, up(s.out_height, band));
    layout = rows.part(0, band);
    plane = copy.plane(layout);
    taps = copy.taps(layout);
    for (std::int64_t c = 1; by_dots && c < s.in; ++c)
      for (std::int64_t tap = 0; tap < n_taps; ++tap)
        taps.push_back(taps[static_cast<std::size_t>(tap)] + c * plane);
  }
  std::int64_t size() const { return s.groups * s.out * n_taps * padded; }
  std::int64_t wide(std::int64_t index) const {
    return by_dots ? padded : std::min(panel, padded - index * panel);
  }
  T* sums(std::int64_t block, std::int64_t group, std::int64_t index) const {
    return partial + block * size() + (group * padded + index * panel) * s.out * n_taps;
  }
};

// Adds what a band of result rows from `begin` on gives.
template <class T>
void add_band(const Job<T>& job, std::int64_t both, std::int64_t index, std::int64_t begin,
              T* sums) {
  const ConvShape& s = job.s;
  const std::int64_t wide = job.wide(index);
  const std::int64_t channels = std::min(job.panel, s.in - index * job.panel);
  T* const planes = memory<T>((job.by_dots ? s.in : wide) * job.plane, 0);
  job.copy(job.rows.part(begin, job.band), channels,
           job.x + (both * s.in + index * job.panel) * s.plane(), planes);
  const T* const g = job.g + both * s.out * s.out_plane() + begin * s.out_width;
  const std::int64_t count = std::min(job.band, s.out_height - begin);
  if (job.by_dots) {
    job.kernels.dots({.g = g,
                      .results = s.out,
                      .g_plane = s.out_plane(),
                      .x = planes,
                      .row_step = job.columns.copied(),
                      .taps = job.taps.data(),
                      .n_taps = s.in * job.n_taps,
                      .rows = count,
                      .columns = s.out_width,
                      .sums = sums});
    return;
  }
  T* const turned = memory<T>(wide * job.plane, 1);
  std::fill(planes + channels * job.plane, planes + wide * job.plane, T(0));
  job.kernels.transpose(job.plane, wide, planes, job.plane, turned, wide);
  job.kernels.weights({.g = g,
                       .results = s.out,
                       .g_plane = s.out_plane(),
                       .x = turned,
                       .wide = wide,
                       .row_step = job.columns.copied(),
                       .taps = job.taps.data(),
                       .n_taps = job.n_taps,
                       .rows = count,
                       .columns = s.out_width,
                       .sums = sums});
}

template <class T>
void run_chunk(const Job<T>& job, std::int64_t chunk) {
  const ConvShape& s = job.s;
  const std::int64_t index = chunk % job.panels, group = chunk / job.panels % s.groups;
  const std::int64_t block = chunk / job.panels / s.groups;
  T* const sums = job.sums(block, group, index);
  std::fill_n(sums, job.n_taps * s.out * job.wide(index), T(0));
  for (std::int64_t i = block * job.images; i < std::min(s.images, (block + 1) * job.images); ++i) {
    const std::int64_t both = i * s.groups + group;
    for (std::int64_t begin = 0; begin < s.out_height; begin += job.band)
      add_band(job, both, index, begin, sums);
  }
}

// The weights of one panel of a group: the blocks' sums, and their place.
template <class T>
void gather(const Job<T>& job, std::int64_t group, std::int64_t index, T* dweight) {
  const ConvShape& s = job.s;
  const std::int64_t wide = job.wide(index);
  const std::int64_t channels = std::min(job.panel, s.in - index * job.panel);
  T* const sums = job.sums(0, group, index);
  for (std::int64_t block = 1; block < job.blocks; ++block)
    kernels().of<T>().accumulate(job.n_taps * s.out * wide, job.sums(block, group, index), sums);
  if (job.by_dots) {
    const auto sum = kernels().of<T>().of(Reduce::sum);
    const std::int64_t lanes = job.kernels.lanes, size = s.out * s.in * job.n_taps;
    for (std::int64_t i = 0; i < size; ++i)
      dweight[group * size + i] = sum(lanes, sums + i * lanes);
    return;
  }
  const T* from = sums;
  for (std::int64_t tap = 0; tap < job.n_taps; ++tap) {
    for (std::int64_t o = 0; o < s.out; ++o, from += wide) {
      T* const to = dweight + ((group * s.out + o) * s.in + index * job.panel) * job.n_taps + tap;
      for (std::int64_t i = 0; i < channels; ++i) to[i * job.n_taps] = from[i];
    }
  }
}

}  // namespace

template <class T>
bool fits_weights(const ConvShape& s) {
  return fits(
      ConvAxis::forward(s.height, s.kernel_height, s.out_height, s.stride_y, s.dilation_y, s.top),
      ConvAxis::forward(s.width, s.kernel_width, s.out_width, s.stride_x, s.dilation_x, s.left));
}

template <class T>
void correlate_weights(const ConvShape& s, const T* g, const T* x, T* dweight) {
  Job<T> job(s, g, x);
  const auto partial = std::make_unique_for_overwrite<T[]>(
      static_cast<std::size_t>(job.blocks * job.size() + line<T>));
  job.partial = partial.get();
  while (reinterpret_cast<std::uintptr_t>(job.partial) % 64 != 0) ++job.partial;
  parallel_for(job.blocks * s.groups * job.panels, s.work() / 8,
               [&](std::int64_t chunk) { run_chunk(job, chunk); });
  parallel_for(s.groups * job.panels, job.blocks * job.size(),
               [&](std::int64_t i) { gather(job, i / job.panels, i % job.panels, dweight); });
}

#define ATTUNE_CONV_WEIGHT(T)                        \
  template bool fits_weights<T>(const ConvShape& s); \
  template void correlate_weights(const ConvShape&, const T*, const T*, T*);
ATTUNE_CONV_WEIGHT(float)
ATTUNE_CONV_WEIGHT(double)
#undef ATTUNE_CONV_WEIGHT

}  // namespace attune::internal
