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
// Of more blocks than these, the sums of some are added up by themselves: added one after another,
// their rounding grows faster than the root of their number. (64 -> 64, 28 x 28, in units of the
// root: 16 images 5.6, 64 8.5, 256 14; the direct sum 4.9, 5.1, 5.5.)
constexpr std::int64_t blocks_of_sum = 8;
// Sums of all places beyond this would be large beside the gradient itself.
constexpr std::int64_t most_sum_bytes = 16 << 20;
// Fewer channels do not pay for the transforms, fewer tiles for reading the sums again. (Direct
// over tiles: 32 -> 64, 14 x 14 .95, 64 -> 64, 28 x 28 1.2, 96 -> 96 1.3, 256 -> 256, 14 x 14 1.7.)
constexpr std::int64_t fewest = 64, fewest_tiles = 128;
// With strides of 2 tiles save less: they need more products, and be full. (Direct over tiles: 64
// -> 64, to 14 x 14 .93, 96 -> 96 1.0, 64 -> 128, to 28 x 28 1.16, 128 -> 256, to 14 x 14 1.16; to
// 7 x 7 128 -> 128 .8, 256 -> 512 .92.)
constexpr std::int64_t fewest_products = 64 * 128;
// What their copies lie in is filled with zeros once.
constexpr std::int64_t channels_at_once = 8;
// A row of tiles is not cut.
constexpr std::int64_t widest = 1024;

template <class T>
struct WeightPlan {
  const ConvShape& s;
  const WinogradForm<T>& form;
  std::int64_t tile_rows, columns;  // of an image
  std::int64_t rows;                // of tiles of a block, of all images' rows
  std::int64_t blocks, part;        // part: blocks whose sums are added up by themselves
  std::int64_t step;                // of a channel's places
  ConvAxis source_rows, source_columns, slope_rows, slope_columns;
  std::int64_t copied;
  std::int64_t work_step;

  explicit WeightPlan(const ConvShape& shape)
      : s(shape),
        form(shape.stride_y == 2 ? kernels().of<T>().winograd->halving
                                 : kernels().of<T>().winograd->plain),
        tile_rows(up(s.out_height, 2)),
        columns(up(s.out_width, 2)) {
    const std::int64_t bytes =
        (form.sources * s.in + form.result_places * s.out) * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t positions = std::max(place_bytes / bytes, least_positions);
    rows = std::clamp<std::int64_t>(positions / columns, 1, s.images * tile_rows);
    blocks = up(s.images * tile_rows, rows);
    rows = up(s.images * tile_rows, blocks);
    blocks = up(s.images * tile_rows, rows);
    part = blocks;
    if (blocks > blocks_of_sum)
      while (part > up(blocks, part)) --part;
    step = ((up(rows * columns, line<T>) + 1) | 1) * line<T>;
    source_rows = ConvAxis::forward(s.height, 3, s.out_height, s.stride_y, 1, s.top);
    source_columns =
        ConvAxis::forward(s.width, 3, s.out_width, s.stride_x, 1, s.left).part(0, 2 * columns);
    slope_rows = ConvAxis::forward(s.out_height, 1, s.out_height, 1, 1, 0);
    slope_columns = ConvAxis::forward(s.out_width, 1, s.out_width, 1, 1, 0).part(0, 2 * columns);
    copied =
        PlaneCopy<T>(source_columns).plane(source_rows.part(0, 2 * std::min(rows, tile_rows))) +
        4 * line<T>;
    work_step = round_up((std::min(rows, tile_rows) + 1) * columns, line<T>) + line<T>;
  }
  std::int64_t worked() const { return form.work_rows * work_step; }
  std::int64_t place_step(std::int64_t channels) const { return channels * step + line<T>; }
};

// Places of so many channels of the source, or of g, in these runs of tiles.
template <class T>
void transform(const WeightPlan<T>& plan, const std::vector<TileRun>& runs, const T* planes,
               std::int64_t channels, std::int64_t plane, bool slopes, T* places,
               std::int64_t place_step) {
  const ConvAxis& rows = slopes ? plan.slope_rows : plan.source_rows;
  const ConvAxis& columns = slopes ? plan.slope_columns : plan.source_columns;
  const std::int64_t tiles = runs.back().at + runs.back().count;
  const auto transform_some = [&](std::int64_t group) {
    T* const copies = scratch_of<T>(plan.copied + plan.worked(), 0, "conv2d_backward_weight");
    std::fill_n(copies, plan.copied + plan.worked(), T(0));
    const PlaneCopy<T> copy(columns);
    const std::int64_t first = group * channels_at_once;
    for (std::int64_t channel = first; channel < std::min(first + channels_at_once, channels);
         ++channel) {
      for (const TileRun& run : runs) {
        copy(rows.part(2 * run.row, 2 * run.rows), 1,
             planes + (run.image * channels + channel) * plane, copies);
        T* const to = places + channel * plan.step + run.at;
        if (slopes)
          plan.form.slopes({.x = copies,
                            .x_row = columns.copied(),
                            .rows = run.rows,
                            .columns = plan.columns,
                            .y = to,
                            .y_step = place_step});
        else
          plan.form.source({.x = copies,
                            .x_row = columns.copied(),
                            .rows = run.rows,
                            .columns = plan.columns,
                            .skip = 0,
                            .count = run.count,
                            .y = to,
                            .y_step = place_step,
                            .end = 0,
                            .work = copies + plan.copied,
                            .work_step = plan.work_step});
      }
    }
  };
  parallel_for(up(channels, channels_at_once), channels * tiles * winograd_places, transform_some);
}

// Whether tiles pay, and have room.
template <class T>
bool serves(const ConvShape& s) {
  const std::int64_t rows = up(s.out_height, 2), columns = up(s.out_width, 2);
  const std::int64_t products = s.in * s.out, filled = s.out_height * s.out_width;
  const bool has_form = has_square(s, 1) || (has_square(s, 2) && products >= fewest_products &&
                                             10 * filled >= 9 * 4 * rows * columns);
  return has_form && s.groups == 1 && s.in >= fewest && s.out >= fewest &&
         fill_tiles(s.out_height, s.out_width) && s.out_width <= widest &&
         s.images * rows * columns >= fewest_tiles &&
         winograd_places * products * static_cast<std::int64_t>(sizeof(T)) <= most_sum_bytes;
}

}  // namespace

template <class T>
bool weights_by_tiles(const ConvShape& s, const T* g, const T* x, T* dweight) {
  if (!serves<T>(s)) return false;
  const std::int64_t entries = s.in * s.out;
  const WeightPlan<T> plan(s);
  const WinogradForm<T>& form = plan.form;
  const std::int64_t source_step = plan.place_step(s.in), slope_step = plan.place_step(s.out);
  const std::int64_t sum_step = round_up(entries, line<T>) + line<T>;
  const std::int64_t all_sums = (plan.part < plan.blocks ? 2 : 1) * winograd_places * sum_step;
  T* const sums = scratch_of<T>(
      all_sums + form.sources * source_step + form.result_places * slope_step + line<T>, 2,
      "conv2d_backward_weight");
  T* const source = sums + all_sums;
  T* const slopes = source + form.sources * source_step;
  for (std::int64_t block = 0; block < plan.blocks; ++block) {
    const std::int64_t row = block * plan.rows;
    const std::int64_t end = std::min(row + plan.rows, s.images * plan.tile_rows);
    const std::int64_t positions = (end - row) * plan.columns;
    const std::vector<TileRun> runs =
        runs_of_tiles(row * plan.columns, end * plan.columns, plan.tile_rows, plan.columns);
    transform(plan, runs, x, s.in, s.plane(), false, source, source_step);
    transform(plan, runs, g, s.out, s.out_plane(), true, slopes, slope_step);
    // The last places have the most products: they come first.
    parallel_for(winograd_places, entries * positions * form.n_terms / 8, [&](std::int64_t i) {
      const std::int64_t place = winograd_places - 1 - i;
      T* const total = sums + place * sum_step;
      T* const of_part = block < plan.part ? total : total + winograd_places * sum_step;
      bool first = block % plan.part == 0;
      for (int t = 0; t < form.n_terms; ++t) {
        const WinogradTerm& term = form.terms[t];
        if (term.weight != place) continue;
        for (std::int64_t at = 0; at < positions; at += positions_of_sum, first = false)
          kernels().of<T>().gemm({.m = s.out,
                                  .n = s.in,
                                  .k = std::min(positions_of_sum, positions - at),
                                  .a = slopes + term.result * slope_step + at,
                                  .a_row = plan.step,
                                  .a_col = 1,
                                  .b = source + term.source * source_step + at,
                                  .b_row = 1,
                                  .b_col = plan.step,
                                  .c = of_part,
                                  .c_row = s.in,
                                  .accumulate = !first,
                                  .operation = "conv2d_backward_weight"});
      }
      if (of_part != total && ((block + 1) % plan.part == 0 || block + 1 == plan.blocks))
        kernels().of<T>().accumulate(entries, of_part, total);
    });
  }
  std::vector<char> finite(static_cast<std::size_t>(s.out));
  parallel_for(s.out, entries * winograd_places, [&](std::int64_t r) {
    finite[static_cast<std::size_t>(r)] = form.gradient(
        {.x = sums + r * s.in, .x_step = sum_step, .n = s.in, .y = dweight + r * s.in * 9});
  });
  return std::find(finite.begin(), finite.end(), 0) == finite.end();
}

template bool weights_by_tiles(const ConvShape&, const float*, const float*, float*);
template bool weights_by_tiles(const ConvShape&, const double*, const double*, double*);

}  // namespace attune::internal
