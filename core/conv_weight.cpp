// Lanes are source channels; where they are too few, positions are, and a panel is all of them.
#include "core/conv_weight.hpp"

#include <algorithm>
#include <cstdint>

#include "core/conv_weight_job.hpp"
#include "core/conv_weight_results.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Where positions are lanes, a block's sums are as many batches as weights, read three times more.
// (From 16 to 256, convolutions of docs/benchmarks.md take as long within 3 %.)
constexpr std::int64_t batches_of_block = 64;

template <class T>
struct Job : WeightJob<T> {
  using WeightJob<T>::s, WeightJob<T>::kernels, WeightJob<T>::rows, WeightJob<T>::columns;
  using WeightJob<T>::n_taps, WeightJob<T>::plane, WeightJob<T>::panel, WeightJob<T>::direct;
  bool by_dots;  // lanes are positions
  // Columns are copied as they lie, and a result's next sees what is a stride on: where every one
  // of them is seen. Else positions a stride apart are neighbours, and of no others there are
  // copies.
  bool in_order = false;

  Job(const ConvShape& shape, const ConvAxis& all_rows, const ConvAxis& all_columns, const T* all_g,
      const T* all_x)
      : WeightJob<T>(shape, all_rows, all_columns, all_g, all_x) {
    const std::int64_t batch = kernels.lanes, padded = round_up(s.in, batch);
    std::int64_t terms = sum_bytes / static_cast<std::int64_t>(sizeof(T));
    by_dots = 5 * s.in < 3 * padded;
    direct = !by_dots && padded == s.in && rows.inside() && columns.inside();
    if (!by_dots) {
      n_taps = s.kernel_height * s.kernel_width;
      this->lanes = padded;
      this->sums_of_lane = s.out * n_taps;
      panel = 2 * batch;
      in_order = !direct && columns.slots() == columns.stride;
      this->cut(terms, false);
      if (this->fits()) this->place(seen(0));
      return;
    }
    n_taps = s.taps();
    this->lanes = panel = batch;
    this->sums_of_lane = s.out * n_taps;
    terms *= batch;
    this->cut(terms, true,
              std::max<std::int64_t>(1, s.images * s.out_plane() / (batches_of_block * batch)));
    if (!this->fits()) return;
    this->place(seen(0));
    // Of whole images as many as a sum may take: the sums outgrow the first-level cache sooner than
    // the planes. (5 x 5, 6 -> 16, 14 x 14, batches of 64, one by one: 0.75 ms.)
    if (this->band < s.out_height || this->strip < s.out_width) return;
    const std::int64_t bytes = s.in * plane * std::int64_t{sizeof(T)};
    this->at_once = std::clamp<std::int64_t>(
        std::min(terms / s.out_plane(), this->copy_bytes / bytes), 1, this->images);
  }

  void add(const WeightPiece& piece, T* sums) const {
    by_dots ? add_dots(piece, sums) : add_channels(piece, sums);
  }
  const T* slopes(const WeightPiece& piece) const {
    return this->g + piece.both * s.out * s.out_plane() + piece.row * s.out_width + piece.column;
  }
  void add_dots(const WeightPiece& piece, T* sums) const {
    T* const planes = scratch_of<T>(piece.images * s.in * plane, 0, "conv2d_backward_weight");
    const PlaneCopy<T> copy(seen(piece.column));
    for (std::int64_t i = 0; i < piece.images; ++i)
      copy(rows.part(piece.row, this->band), s.in,
           this->x + (piece.both + i * s.groups) * s.in * s.plane(), planes + i * s.in * plane);
    kernels.dots({.g = slopes(piece),
                  .results = s.out,
                  .g_plane = s.out_plane(),
                  .x = planes,
                  .row_step = this->row_step,
                  .taps = this->taps.data(),
                  .n_taps = n_taps,
                  .images = piece.images,
                  .g_image = s.groups * s.out * s.out_plane(),
                  .x_image = s.in * plane,
                  .rows = piece.rows,
                  .columns = piece.columns,
                  .sums = sums,
                  .add = !piece.first});
  }
  // The positions that a strip of columns sees, as they are copied.
  ConvAxis seen(std::int64_t first) const {
    const ConvAxis part = columns.part(first, this->strip);
    return in_order ? part.dense() : part;
  }
  // `count` planes of the source as [positions, wide], row by row, without a copy between.
  void turn(const WeightPiece& piece, std::int64_t count, const T* from, std::int64_t wide,
            T* to) const {
    const ConvAxis some_rows = rows.part(piece.row, this->band);
    const ConvSide side = seen(piece.column).side(0);
    const std::int64_t length = this->row_step * wide;
    const std::int64_t before = side.before * wide, behind = length - before - side.n * wide;
    if (count < wide) std::fill_n(to, plane * wide, T(0));
    for (std::int64_t slot = 0; slot < some_rows.slots(); ++slot) {
      const ConvSide inside = some_rows.side(slot);
      const std::int64_t below = some_rows.length() - inside.before - inside.n;
      const T* row = from + inside.offset * s.width + side.offset;
      to = std::fill_n(to, inside.before * length, T(0));
      for (std::int64_t i = 0; i < inside.n; ++i, row += rows.stride * s.width) {
        to = std::fill_n(to, before, T(0));
        kernels.transpose(side.n, count, row, s.plane(), to, wide);
        to = std::fill_n(to + side.n * wide, behind, T(0));
      }
      to = std::fill_n(to, below * length, T(0));
    }
  }
  std::int64_t channels(std::int64_t index) const { return std::min(panel, s.in - index * panel); }
  void add_channels(const WeightPiece& piece, T* sums) const {
    const std::int64_t wide = this->wide(piece.panel);
    const T* const from = this->x + (piece.both * s.in + piece.panel * panel) * s.plane();
    T* turned = nullptr;
    if (direct) {
      const std::int64_t positions =
          (piece.rows + rows.common() - 1) * s.width + piece.columns + columns.common();
      turned = scratch_of<T>(wide * positions, 1, "conv2d_backward_weight");
      kernels.transpose(positions, wide,
                        from + (rows.origin + piece.row) * s.width + columns.origin + piece.column,
                        s.plane(), turned, wide);
    } else if (in_order) {
      turned = scratch_of<T>(wide * plane, 1, "conv2d_backward_weight");
      turn(piece, channels(piece.panel), from, wide, turned);
    } else {
      const std::int64_t count = channels(piece.panel);
      T* const planes = scratch_of<T>(wide * plane, 0, "conv2d_backward_weight");
      turned = scratch_of<T>(wide * plane, 1, "conv2d_backward_weight");
      const PlaneCopy<T> copy(seen(piece.column));
      copy(rows.part(piece.row, this->band), count, from, planes);
      std::fill(planes + count * plane, planes + wide * plane, T(0));
      kernels.transpose(plane, wide, planes, plane, turned, wide);
    }
    kernels.weights({.g = slopes(piece),
                     .results = s.out,
                     .g_plane = s.out_plane(),
                     .x = turned,
                     .wide = wide,
                     .row_step = this->row_step,
                     .step = in_order ? columns.stride : 1,
                     .taps = this->taps.data(),
                     .n_taps = n_taps,
                     .rows = piece.rows,
                     .columns = piece.columns,
                     .sums = sums,
                     .add = !piece.first});
  }

  void put(std::int64_t group, std::int64_t index, const T* sums, T* dweight) const {
    T* const to = dweight + group * s.out * s.taps();
    if (by_dots) {
      const auto sum = internal::kernels().of<T>().of(Reduce::sum);
      for (std::int64_t i = 0; i < this->sums_of_lane; ++i) to[i] = sum(panel, sums + i * panel);
      return;
    }
    const std::int64_t wide = this->wide(index);
    for (std::int64_t o = 0; o < s.out; ++o)
      kernels.transpose(channels(index), n_taps, sums + o * wide, s.out * wide,
                        to + (o * s.in + index * panel) * n_taps, n_taps);
  }
};

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
  run_weights(job, dweight);
  return true;
}

template bool correlate_weights(const ConvShape&, const float*, const float*, float*);
template bool correlate_weights(const ConvShape&, const double*, const double*, double*);

}  // namespace attune::internal
