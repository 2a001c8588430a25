// A chunk is a block of images, a group and a panel of source channels, which are lanes; where they
// are too few, positions are, and a panel is all of them. Its sums over the images are added to
// those of the other blocks in order.
#include "core/conv_weight.hpp"

#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/conv_weight_results.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Where positions are lanes, a block's sums are as many batches as weights, read three times more.
constexpr std::int64_t batches_of_block = 64;

template <class T>
struct Job {
  const ConvShape& s;
  const T *g, *x;
  const ConvKernels<T>& kernels;
  ConvAxis rows, columns;
  bool by_dots;                 // lanes are positions
  std::int64_t n_taps, padded;  // padded: source channels of a group, with what fills lanes
  std::int64_t panel, panels;   // of source channels
  std::int64_t images, blocks;
  std::int64_t band, strip;  // rows and columns of g at once: all columns, unless it is one row
  // Of whole images as many as a sum may take: where positions are lanes, the sums outgrow the
  // first-level cache sooner than the planes. (5 x 5, 6 -> 16, 14 x 14, batches of 64, one by one:
  // 0.75 ms.)
  std::int64_t at_once = 1;
  bool direct = false;  // channels are turned into lanes from where they lie
  std::int64_t plane = 0, row_step = 0;
  std::vector<std::int64_t> taps;
  T* partial = nullptr;  // [blocks, groups, panels: taps, out, wide], or [..: out, in, taps, lanes]

  Job(const ConvShape& shape, const ConvAxis& all_rows, const ConvAxis& all_columns, const T* all_g,
      const T* all_x)
      : s(shape),
        g(all_g),
        x(all_x),
        kernels(*internal::kernels().of<T>().conv),
        rows(all_rows),
        columns(all_columns),
        n_taps(s.kernel_height * s.kernel_width) {
    const std::int64_t lanes = kernels.lanes;
    padded = round_up(s.in, lanes);
    by_dots = 5 * s.in < 3 * padded;
    panel = by_dots ? s.in : 2 * lanes;
    if (by_dots) padded = s.in * lanes;
    panels = up(s.in, panel);
    std::int64_t wanted = most_blocks(s.groups * panels, size());
    if (by_dots) {
      wanted = std::clamp<std::int64_t>(s.images * s.out_plane() / (batches_of_block * lanes), 1,
                                        wanted);
    }
    images = up(s.images, std::min(s.images, wanted));
    blocks = up(s.images, images);
    const std::int64_t terms =
        sum_bytes / static_cast<std::int64_t>(sizeof(T)) * (by_dots ? lanes : 1);
    band = std::clamp<std::int64_t>(terms / s.out_width, 1, s.out_height);
    if (by_dots) {
      const std::int64_t row_bytes =
          s.in * columns.copied() * rows.slots() * std::int64_t{sizeof(T)};
      band = std::clamp<std::int64_t>(weight_copy_bytes / row_bytes - s.kernel_height + 1, 1, band);
    }
    band = up(s.out_height, up(s.out_height, band));
    const ConvAxis rows_at_once = rows.part(0, band);
    strip = s.out_width;
    if (band == 1) {
      const std::int64_t position_bytes =
          s.in * rows_at_once.copied() * columns.slots() * std::int64_t{sizeof(T)};
      const std::int64_t most =
          by_dots ? weight_copy_bytes / position_bytes - columns.common() : terms;
      strip = internal::strip(strip, std::min(most, terms), columns.common());
    }
    if (!fits()) return;
    direct = !by_dots && padded == s.in && rows.inside() && columns.inside();
    if (direct) {
      row_step = s.width;
      plane = rows_at_once.length() * row_step;
      taps = taps_inside(rows, columns);
    } else {
      const ConvAxis columns_at_once = columns.part(0, strip);
      const PlaneCopy<T> copy(columns_at_once);
      row_step = columns_at_once.copied();
      plane = copy.plane(rows_at_once);
      taps = copy.taps(rows_at_once);
    }
    if (by_dots && band == s.out_height && strip == s.out_width) {
      const std::int64_t bytes = s.in * plane * std::int64_t{sizeof(T)};
      at_once = std::clamp<std::int64_t>(std::min(terms / s.out_plane(), weight_copy_bytes / bytes),
                                         1, images);
    }
    for (std::int64_t c = 1; by_dots && c < s.in; ++c)
      for (std::int64_t tap = 0; tap < n_taps; ++tap)
        taps.push_back(taps[static_cast<std::size_t>(tap)] + c * plane);
  }
  bool fits() const { return internal::fits(rows, columns, band, strip); }
  std::int64_t size() const { return s.groups * s.out * n_taps * padded; }
  std::int64_t wide(std::int64_t index) const {
    return by_dots ? padded : std::min(panel, padded - index * panel);
  }
  T* sums(std::int64_t block, std::int64_t group, std::int64_t index) const {
    return partial + block * size() + (group * padded + index * panel) * s.out * n_taps;
  }
};

// What the rows and columns of g from `begin` and `left` on give, of so many images of a group from
// `both` on: the first of a block's sums, or added to them.
template <class T>
void add_piece(const Job<T>& job, std::int64_t both, std::int64_t images, std::int64_t index,
               std::int64_t begin, std::int64_t left, bool first, T* sums) {
  const ConvShape& s = job.s;
  const std::int64_t wide = job.wide(index);
  const std::int64_t channels = std::min(job.panel, s.in - index * job.panel);
  const T* const x = job.x + (both * s.in + index * job.panel) * s.plane();
  const ConvAxis rows = job.rows.part(begin, job.band), columns = job.columns.part(left, job.strip);
  const T* const g = job.g + both * s.out * s.out_plane() + begin * s.out_width + left;
  const std::int64_t row_count = std::min(job.band, s.out_height - begin);
  const std::int64_t column_count = std::min(job.strip, s.out_width - left);
  T* planes = nullptr;
  if (!job.direct) {
    planes = scratch_of<T>((job.by_dots ? images * s.in : wide) * job.plane, 0,
                           "conv2d_backward_weight");
    const PlaneCopy<T> copy(columns);
    for (std::int64_t i = 0; i < images; ++i)
      copy(rows, channels, x + i * s.groups * s.in * s.plane(), planes + i * s.in * job.plane);
  }
  if (job.by_dots) {
    job.kernels.dots({.g = g,
                      .results = s.out,
                      .g_plane = s.out_plane(),
                      .x = planes,
                      .row_step = job.row_step,
                      .taps = job.taps.data(),
                      .n_taps = s.in * job.n_taps,
                      .images = images,
                      .g_image = s.groups * s.out * s.out_plane(),
                      .x_image = s.in * job.plane,
                      .rows = row_count,
                      .columns = column_count,
                      .sums = sums,
                      .add = !first});
    return;
  }
  T* const turned = scratch_of<T>(wide * job.plane, 1, "conv2d_backward_weight");
  if (job.direct) {
    const std::int64_t positions =
        (row_count + rows.common() - 1) * s.width + column_count + columns.common();
    job.kernels.transpose(positions, wide, x + rows.origin * s.width + columns.origin, s.plane(),
                          turned, wide);
  } else {
    std::fill(planes + channels * job.plane, planes + wide * job.plane, T(0));
    job.kernels.transpose(job.plane, wide, planes, job.plane, turned, wide);
  }
  job.kernels.weights({.g = g,
                       .results = s.out,
                       .g_plane = s.out_plane(),
                       .x = turned,
                       .wide = wide,
                       .row_step = job.row_step,
                       .taps = job.taps.data(),
                       .n_taps = job.n_taps,
                       .rows = row_count,
                       .columns = column_count,
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
  const std::int64_t end = std::min(s.images, (block + 1) * job.images);
  for (std::int64_t i = block * job.images; i < end; i += job.at_once) {
    const std::int64_t both = i * s.groups + group, images = std::min(job.at_once, end - i);
    for (std::int64_t begin = 0; begin < s.out_height; begin += job.band)
      for (std::int64_t left = 0; left < s.out_width; left += job.strip, first = false)
        add_piece(job, both, images, index, begin, left, first, sums);
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
  for (std::int64_t o = 0; o < s.out; ++o)
    job.kernels.transpose(channels, job.n_taps, sums + o * wide, s.out * wide,
                          dweight + ((group * s.out + o) * s.in + index * job.panel) * job.n_taps,
                          job.n_taps);
}

}  // namespace

template <class T>
bool correlate_weights(const ConvShape& s, const T* g, const T* x, T* dweight) {
  const ConvAxis rows =
      ConvAxis::forward(s.height, s.kernel_height, s.out_height, s.stride_y, s.dilation_y, s.top);
  const ConvAxis columns =
      ConvAxis::forward(s.width, s.kernel_width, s.out_width, s.stride_x, s.dilation_x, s.left);
  if (!fits(rows, columns)) return false;
  if (correlate_weights_by_results(s, rows, columns, g, x, dweight)) return true;
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

template bool correlate_weights(const ConvShape&, const float*, const float*, float*);
template bool correlate_weights(const ConvShape&, const double*, const double*, double*);

}  // namespace attune::internal
