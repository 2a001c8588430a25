// The derivative by a weight of 3 x 3: of each place, squares of the source and of g are multiplied
// as matrices over all tiles. Tiles are taken in blocks, cut by the shape alone, one after another.
#include <algorithm>
#include <vector>

#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/conv_winograd.hpp"
#include "core/conv_winograd_plan.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// The places of a block, but positions enough that its products do not wait for their sums.
constexpr std::int64_t place_bytes = 2 << 20, least_positions = 256;
// Sums are cut after so many positions: longer ones are not faster and lose digits. (256 -> 256, 14
// x 14, in units of the direct sum's error: 256 positions 1.8, 128 1.4, 64 1.16.)
constexpr std::int64_t positions_of_sum = 64;
// Sums of all places beyond this would be large beside the gradient itself.
constexpr std::int64_t most_sum_bytes = 16 << 20;
// Fewer channels do not pay for the transforms, fewer tiles for reading the sums again. (Direct
// over tiles: 32 -> 64, 14 x 14 .95, 64 -> 64, 28 x 28 1.2, 96 -> 96 1.3, 256 -> 256, 14 x 14 1.7.)
constexpr std::int64_t fewest = 64, fewest_tiles = 128;
// A row of tiles is not cut.
constexpr std::int64_t widest = 1024;

template <class T>
struct WeightPlan {
  const ConvShape& s;
  const WinogradKernels<T>& kernels;
  std::int64_t tile_rows, columns;  // of an image
  std::int64_t rows;                // of tiles of a block, of all images' rows
  std::int64_t step;                // of a channel's places
  ConvAxis source_rows, source_columns, slope_rows, slope_columns;
  std::int64_t copied;
  std::int64_t work_step;

  explicit WeightPlan(const ConvShape& shape)
      : s(shape),
        kernels(*internal::kernels().of<T>().winograd),
        tile_rows(up(s.out_height, 2)),
        columns(up(s.out_width, 2)) {
    const std::int64_t bytes =
        winograd_places * (s.in + s.out) * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t positions = std::max(place_bytes / bytes, least_positions);
    rows = std::clamp<std::int64_t>(positions / columns, 1, s.images * tile_rows);
    rows = up(s.images * tile_rows, up(s.images * tile_rows, rows));
    step = ((up(rows * columns, line<T>) + 1) | 1) * line<T>;
    source_rows = ConvAxis::forward(s.height, 3, s.out_height, 1, 1, s.top);
    source_columns = ConvAxis::forward(s.width, 3, s.out_width, 1, 1, s.left).part(0, 2 * columns);
    slope_rows = ConvAxis::forward(s.out_height, 1, s.out_height, 1, 1, 0);
    slope_columns = ConvAxis::forward(s.out_width, 1, s.out_width, 1, 1, 0).part(0, 2 * columns);
    copied =
        PlaneCopy<T>(source_columns).plane(source_rows.part(0, 2 * std::min(rows, tile_rows))) +
        4 * line<T>;
    work_step = round_up((std::min(rows, tile_rows) + 1) * columns, line<T>) + line<T>;
  }
  std::int64_t worked() const { return kernels.plain.work_rows * work_step; }
  std::int64_t place_step(std::int64_t channels) const { return channels * step + line<T>; }
};

// Places of a channel of the source, or of g, in these rows of tiles.
template <class T>
void transform(const WeightPlan<T>& plan, const std::vector<TileRun>& runs, const T* plane,
               std::int64_t image_step, bool slopes, T* places, std::int64_t place_step) {
  T* const copies = scratch_of<T>(plan.copied + plan.worked(), 0, "conv2d_backward_weight");
  std::fill_n(copies, plan.copied + plan.worked(), T(0));
  const ConvAxis& rows = slopes ? plan.slope_rows : plan.source_rows;
  const ConvAxis& columns = slopes ? plan.slope_columns : plan.source_columns;
  const PlaneCopy<T> copy(columns);
  for (const TileRun& run : runs) {
    copy(rows.part(2 * run.row, 2 * run.rows), 1, plane + run.image * image_step, copies);
    if (slopes)
      plan.kernels.slopes({.x = copies,
                           .x_row = columns.copied(),
                           .rows = run.rows,
                           .columns = plan.columns,
                           .y = places + run.at,
                           .y_step = place_step});
    else
      plan.kernels.plain.source({.x = copies,
                                 .x_row = columns.copied(),
                                 .rows = run.rows,
                                 .columns = plan.columns,
                                 .skip = 0,
                                 .count = run.count,
                                 .y = places + run.at,
                                 .y_step = place_step,
                                 .end = 0,
                                 .work = copies + plan.copied,
                                 .work_step = plan.work_step});
  }
}

}  // namespace

template <class T>
bool weights_by_tiles(const ConvShape& s, const T* g, const T* x, T* dweight) {
  const std::int64_t all = s.images * up(s.out_height, 2) * up(s.out_width, 2);
  const std::int64_t entries = s.in * s.out;
  if (!has_square(s, 1) || s.groups != 1 || s.in < fewest || s.out < fewest ||
      !fill_tiles(s.out_height, s.out_width) || s.out_width > widest || all < fewest_tiles ||
      winograd_places * entries * static_cast<std::int64_t>(sizeof(T)) > most_sum_bytes)
    return false;
  const WeightPlan<T> plan(s);
  const std::int64_t source_step = plan.place_step(s.in), slope_step = plan.place_step(s.out);
  const std::int64_t sum_step = round_up(entries, line<T>) + line<T>;
  T* const sums = scratch_of<T>(winograd_places * (sum_step + source_step + slope_step) + line<T>,
                                2, "conv2d_backward_weight");
  T* const source = sums + winograd_places * sum_step;
  T* const slopes = source + winograd_places * source_step;
  for (std::int64_t row = 0; row < s.images * plan.tile_rows; row += plan.rows) {
    const std::int64_t end = std::min(row + plan.rows, s.images * plan.tile_rows);
    const std::int64_t positions = (end - row) * plan.columns;
    const std::vector<TileRun> runs =
        runs_of_tiles(row * plan.columns, end * plan.columns, plan.tile_rows, plan.columns);
    parallel_for(s.in + s.out, (s.in + s.out) * positions * winograd_places,
                 [&](std::int64_t channel) {
                   const bool of_g = channel >= s.in;
                   const std::int64_t c = of_g ? channel - s.in : channel;
                   if (of_g)
                     transform(plan, runs, g + c * s.out_plane(), s.out * s.out_plane(), true,
                               slopes + c * plan.step, slope_step);
                   else
                     transform(plan, runs, x + c * s.plane(), s.in * s.plane(), false,
                               source + c * plan.step, source_step);
                 });
    parallel_for(winograd_places, entries * positions * winograd_places / 8,
                 [&](std::int64_t place) {
                   for (std::int64_t at = 0; at < positions; at += positions_of_sum)
                     kernels().of<T>().gemm({.m = s.out,
                                             .n = s.in,
                                             .k = std::min(positions_of_sum, positions - at),
                                             .a = slopes + place * slope_step + at,
                                             .a_row = plan.step,
                                             .a_col = 1,
                                             .b = source + place * source_step + at,
                                             .b_row = 1,
                                             .b_col = plan.step,
                                             .c = sums + place * sum_step,
                                             .c_row = s.in,
                                             .accumulate = row + at > 0,
                                             .operation = "conv2d_backward_weight"});
                 });
  }
  std::vector<char> finite(static_cast<std::size_t>(s.out));
  parallel_for(s.out, entries * winograd_places, [&](std::int64_t r) {
    finite[static_cast<std::size_t>(r)] = plan.kernels.gradient(
        {.x = sums + r * s.in, .x_step = sum_step, .n = s.in, .y = dweight + r * s.in * 9});
  });
  return std::find(finite.begin(), finite.end(), 0) == finite.end();
}

template bool weights_by_tiles(const ConvShape&, const float*, const float*, float*);
template bool weights_by_tiles(const ConvShape&, const double*, const double*, double*);

}  // namespace attune::internal
