// Lanes are results.
#include "core/conv_weight_results.hpp"

#include <algorithm>
#include <cstdint>

#include "core/conv_weight_job.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// Fewer taps do not pay for bringing results into lanes. (Batches of 64: 3 x 3, 1 -> 32, 28 x 28,
// 433 us, by results 480; 3 -> 32, 32 x 32, 1210 and 1157; 5 x 5, 6 -> 16, 14 x 14, 538 and 237.)
constexpr std::int64_t least_taps = 18;

template <class T>
struct Job : WeightJob<T> {
  using WeightJob<T>::s, WeightJob<T>::kernels, WeightJob<T>::rows, WeightJob<T>::columns;
  using WeightJob<T>::n_taps, WeightJob<T>::panel, WeightJob<T>::direct;

  Job(const ConvShape& shape, const ConvAxis& all_rows, const ConvAxis& all_columns, const T* all_g,
      const T* all_x)
      : WeightJob<T>(shape, all_rows, all_columns, all_g, all_x) {
    n_taps = this->sums_of_lane = s.taps();
    this->lanes = round_up(s.out, kernels.lanes);
    panel = std::min(this->lanes, 2 * kernels.lanes);
    direct = rows.inside() && columns.inside();
    this->cut(sum_bytes / static_cast<std::int64_t>(sizeof(T)), !direct);
    if (this->fits()) this->place(columns.part(0, this->strip));
  }

  void add(const WeightPiece& piece, T* sums) const {
    const std::int64_t wide = this->wide(piece.panel), first = piece.panel * panel;
    const std::int64_t results = std::min(wide, s.out - first);
    const std::int64_t positions = piece.rows * piece.columns;
    const T* source = this->x + piece.both * s.in * s.plane();
    if (direct) {
      source += (rows.origin + piece.row) * s.width + columns.origin + piece.column;
    } else {
      T* const planes =
          scratch_of<T>(s.in * this->plane + 2 * line<T>, 0, "conv2d_backward_weight");
      const PlaneCopy<T> copy(columns.part(piece.column, this->strip));
      copy(rows.part(piece.row, this->band), s.in, source, planes);
      source = planes;
    }
    T* const turned = scratch_of<T>(positions * wide, 1, "conv2d_backward_weight");
    if (results < wide) std::fill_n(turned, positions * wide, T(0));
    const T* const slopes = this->g + (piece.both * s.out + first) * s.out_plane() +
                            piece.row * s.out_width + piece.column;
    // Of several rows these are all columns.
    kernels.transpose(positions, results, slopes, s.out_plane(), turned, wide);
    kernels.result_weights({.x = source,
                            .row_step = this->row_step,
                            .taps = this->taps.data(),
                            .n_taps = n_taps,
                            .g = turned,
                            .wide = wide,
                            .rows = piece.rows,
                            .columns = piece.columns,
                            .sums = sums,
                            .add = !piece.first});
  }

  void put(std::int64_t group, std::int64_t index, const T* sums, T* dweight) const {
    const std::int64_t wide = this->wide(index), first = index * panel;
    kernels.transpose(std::min(wide, s.out - first), n_taps, sums, wide,
                      dweight + (group * s.out + first) * n_taps, n_taps);
  }
};

}  // namespace

template <class T>
bool correlate_weights_by_results(const ConvShape& s, const ConvAxis& rows, const ConvAxis& columns,
                                  const T* g, const T* x, T* dweight) {
  const std::int64_t lanes = kernels().of<T>().conv->lanes, filled = round_up(s.out, lanes);
  if (5 * s.in >= 3 * round_up(s.in, lanes) || 5 * s.out < 4 * filled || s.taps() < least_taps)
    return false;
  Job<T> job(s, rows, columns, g, x);
  if (!job.fits()) return false;
  run_weights(job, dweight);
  return true;
}

template bool correlate_weights_by_results(const ConvShape&, const ConvAxis&, const ConvAxis&,
                                           const float*, const float*, float*);
template bool correlate_weights_by_results(const ConvShape&, const ConvAxis&, const ConvAxis&,
                                           const double*, const double*, double*);

}  // namespace attune::internal
