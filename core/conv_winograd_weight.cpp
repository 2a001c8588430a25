// The derivative by a weight of 3 x 3: of each place, squares of the source and of g are multiplied
// as matrices over all tiles. Tiles are taken in blocks and these in groups, cut by the shape
// alone. A group's blocks come one after another, and groups lie apart: a thread reads the places
// that it wrote. Where the sums of so many groups would be large, threads share each block instead.
#include <algorithm>

#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/conv_winograd.hpp"
#include "core/conv_winograd_plan.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"
#include "core/scratch.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

constexpr const char* operation = "conv2d_backward_weight";
// The places of a block, but positions enough that its products do not wait for their sums. (Both
// ways on Zen 5, ms, 1, 2 and 4 MiB: 64 -> 64, 28 x 28 16.9, 16.3, 16.5; 256 -> 256, 14 x 14 30.2,
// 30.3, 29.8.)
constexpr std::int64_t place_bytes = 2 << 20, least_positions = 256;
// Sums are cut after so many positions: longer ones are not faster and lose digits. (256 -> 256, 14
// x 14, in units of the direct sum's error: 256 positions 1.8, 128 1.4, 64 1.16.)
constexpr std::int64_t positions_of_sum = 64;
// Added one after another, the rounding of more blocks' sums than these grows faster than the root
// of their number: then there are as many groups as a group has blocks. (64 -> 64, 28 x 28, all
// blocks in a row, in units of the root: 16 images 5.6, 64 8.5, 256 14; the direct sum 4.9, 5.1,
// 5.5.)
constexpr std::int64_t blocks_of_sum = 8;
// Groups lie apart where there are so many and the sums of each are no larger, which of 64 channels
// and more are those of 64 -> 64 to 64 -> 74 in f32: larger ones would cost a thread more than to
// read places that others wrote. (64 -> 64, 28 x 28, on two threads of Zen 4 6.65 ms shared, 5.65
// apart, on one 10.2 and 10.6; 64 -> 128 with strides of 2 4.65 and 4.8, 8.0 and 8.5. Sixteen
// groups take 1.5 % longer on one thread and no less on two.)
constexpr std::int64_t groups_apart = 8, apart_bytes = 300 << 10;
// Sums of all groups beyond this would be large beside the gradient itself; with the places of a
// block, which are more where channels are many, they stay with the thread for the next call, where
// groups lie apart with each thread.
constexpr std::int64_t most_sum_bytes = 16 << 20, most_bytes = 64 << 20;
// Fewer channels do not pay for the transforms, fewer tiles for reading the sums again. (Direct
// over tiles: 32 -> 64, 14 x 14 .95, 64 -> 64, 28 x 28 1.2, 96 -> 96 1.3, 256 -> 256, 14 x 14 1.7.)
constexpr std::int64_t fewest = 64, fewest_tiles = 128;
// With strides of 2 tiles save less: there must be more of them, and full ones. (Direct over tiles:
// to 14 x 14 64 -> 64 .93, 96 -> 96 1.0, 128 -> 256 1.16; to 28 x 28 64 -> 128 1.16; to 7 x 7
// 128 -> 128 .8, 256 -> 512 .92.)
constexpr std::int64_t fewest_entries = 64 * 128;
// What their copies lie in is filled with zeros once. (2, 8 and 32 channels: as long within 1.5 %.)
constexpr std::int64_t channels_at_once = 8;
// A row of tiles is not cut.
constexpr std::int64_t widest = 1024;

// The source, or g: what becomes places of it.
struct WeightSide {
  ConvAxis rows, columns;
  std::int64_t channels, plane, places;
  bool of_g;
};

template <class T>
struct WeightPlan {
  const ConvShape& s;
  const WinogradForm<T>& form;
  WeightSide source, slopes;
  std::int64_t tile_rows, columns;  // of an image
  std::int64_t rows = 0;            // of tiles of a block, of all images' rows
  std::int64_t blocks = 0, groups = 1;
  bool apart = false;     // each group has sums of its own
  std::int64_t step = 0;  // of a channel's places
  std::int64_t copied = 0, work_step = 0;
  std::int64_t sum_step;  // from place to place of the sums

  explicit WeightPlan(const ConvShape& shape)
      : s(shape),
        form(shape.stride_y == 2 ? kernels().of<T>().winograd->halving
                                 : kernels().of<T>().winograd->plain),
        source{ConvAxis::forward(s.height, 3, s.out_height, s.stride_y, 1, s.top),
               ConvAxis::forward(s.width, 3, s.out_width, s.stride_x, 1, s.left),
               s.in,
               s.plane(),
               form.sources,
               false},
        slopes{ConvAxis::forward(s.out_height, 1, s.out_height, 1, 1, 0),
               ConvAxis::forward(s.out_width, 1, s.out_width, 1, 1, 0),
               s.out,
               s.out_plane(),
               form.result_places,
               true},
        tile_rows(up(s.out_height, 2)),
        columns(up(s.out_width, 2)),
        sum_step(round_up(s.in * s.out, line<T>) + line<T>) {
    source.columns = source.columns.part(0, 2 * columns);
    slopes.columns = slopes.columns.part(0, 2 * columns);
    constexpr std::int64_t size = sizeof(T);
    const std::int64_t bytes = (form.sources * s.in + form.result_places * s.out) * size;
    const std::int64_t positions = std::max(place_bytes / bytes, least_positions);
    rows = std::clamp<std::int64_t>(positions / columns, 1, s.images * tile_rows);
    rows = up(s.images * tile_rows, up(s.images * tile_rows, rows));
    blocks = up(s.images * tile_rows, rows);
    while (up(blocks, groups) > std::max(groups, blocks_of_sum)) ++groups;
    const std::int64_t if_apart = std::max(groups, groups_apart),
                       bytes_of_group = group_step() * size;
    apart =
        blocks >= if_apart && bytes_of_group <= std::min(apart_bytes, most_sum_bytes / if_apart);
    if (apart) groups = if_apart;
    step = channel_step<T>(rows * columns);
    const std::int64_t of_image = std::min(rows, tile_rows);
    copied = copied_elements<T>(source.columns, source.rows.part(0, 2 * of_image));
    work_step = work_row<T>(of_image, columns);
  }
  std::int64_t place_step(const WeightSide& side) const { return side.channels * step + line<T>; }
  std::int64_t first_block(std::int64_t group) const { return blocks * group / groups; }
  // Of all places. Groups apart have sums of their own at once, others one after another.
  std::int64_t group_step() const { return winograd_places * sum_step; }
  std::int64_t sums() const {
    return (apart ? groups : std::min<std::int64_t>(groups, 2)) * group_step();
  }
  std::int64_t places() const {
    return source.places * place_step(source) + slopes.places * place_step(slopes) + line<T>;
  }
};

// The places of all its channels in these runs of tiles.
template <class T>
void transform(const WeightPlan<T>& plan, const WeightSide& side, const PooledList<TileRun>& runs,
               const T* planes, T* places) {
  const std::int64_t tiles = runs.back().at + runs.back().count;
  const std::int64_t place_step = plan.place_step(side);
  const auto transform_some = [&](std::int64_t group) {
    const std::int64_t worked = plan.form.work_rows * plan.work_step;
    T* const copies = scratch_of<T>(plan.copied + worked, 0, operation);
    std::fill_n(copies, plan.copied + worked, T(0));
    const PlaneCopy<T> copy(side.columns);
    const std::int64_t first = group * channels_at_once;
    for (std::int64_t channel = first; channel < std::min(first + channels_at_once, side.channels);
         ++channel) {
      for (const TileRun& run : runs) {
        copy(side.rows.part(2 * run.row, 2 * run.rows), 1,
             planes + (run.image * side.channels + channel) * side.plane, copies);
        T* const to = places + channel * plan.step + run.at;
        if (side.of_g)
          plan.form.slopes({.x = copies,
                            .x_row = side.columns.copied(),
                            .rows = run.rows,
                            .columns = plan.columns,
                            .y = to,
                            .y_step = place_step});
        else
          plan.form.source({.x = copies,
                            .x_row = side.columns.copied(),
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
  parallel_for(up(side.channels, channels_at_once), side.channels * tiles * winograd_places,
               transform_some);
}

// The products of a block that go to a place of the weights, written to sums or added to them.
template <class T>
void multiply(const WeightPlan<T>& plan, int place, std::int64_t positions, const T* source,
              const T* slopes, T* sums, bool add) {
  for (int t = 0; t < plan.form.n_terms; ++t) {
    const WinogradTerm& term = plan.form.terms[t];
    if (term.weight != place) continue;
    for (std::int64_t at = 0; at < positions; at += positions_of_sum, add = true)
      kernels().of<T>().gemm({.m = plan.s.out,
                              .n = plan.s.in,
                              .k = std::min(positions_of_sum, positions - at),
                              .a = slopes + term.result * plan.place_step(plan.slopes) + at,
                              .a_row = plan.step,
                              .a_col = 1,
                              .b = source + term.source * plan.place_step(plan.source) + at,
                              .b_row = 1,
                              .b_col = plan.step,
                              .c = sums,
                              .c_row = plan.s.in,
                              .accumulate = add,
                              .operation = operation});
  }
}

// The sums of a group's blocks.
template <class T>
void add_up(const WeightPlan<T>& plan, std::int64_t group, const T* g, const T* x, T* sums) {
  const ConvShape& s = plan.s;
  T* const source = scratch_of<T>(plan.places(), 4, operation);
  T* const slopes = source + plan.source.places * plan.place_step(plan.source);
  const std::int64_t begin = plan.first_block(group), end = plan.first_block(group + 1);
  for (std::int64_t block = begin; block < end; ++block) {
    const std::int64_t first = block * plan.rows * plan.columns;
    const std::int64_t last =
        std::min((block + 1) * plan.rows, s.images * plan.tile_rows) * plan.columns;
    const PooledList<TileRun> runs = runs_of_tiles(first, last, plan.tile_rows, plan.columns);
    transform(plan, plan.source, runs, x, source);
    transform(plan, plan.slopes, runs, g, slopes);
    const std::int64_t work = s.in * s.out * (last - first) * plan.form.n_terms / 8;
    // The last places have the most products: they come first.
    parallel_for(winograd_places, work, [&](std::int64_t i) {
      const StayAlone alone(winograd_places);
      const auto place = static_cast<int>(winograd_places - 1 - i);
      multiply(plan, place, last - first, source, slopes, sums + place * plan.sum_step,
               block > begin);
    });
  }
}

// Whether tiles pay.
bool serves(const ConvShape& s) {
  const std::int64_t rows = up(s.out_height, 2), columns = up(s.out_width, 2);
  const std::int64_t entries = s.in * s.out, filled = s.out_height * s.out_width;
  const bool has_form = has_square(s, 1) || (has_square(s, 2) && entries >= fewest_entries &&
                                             10 * filled >= 9 * 4 * rows * columns);
  return has_form && s.groups == 1 && s.in >= fewest && s.out >= fewest &&
         fill_tiles(s.out_height, s.out_width) && s.out_width <= widest &&
         s.images * rows * columns >= fewest_tiles;
}

// And have room.
template <class T>
bool fits(const WeightPlan<T>& plan) {
  constexpr std::int64_t size = sizeof(T);
  return winograd_places * plan.s.in * plan.s.out <= most_sum_bytes / size &&
         plan.sums() + plan.places() <= most_bytes / size;
}

}  // namespace

template <class T>
bool weights_by_tiles(const ConvShape& s, const T* g, const T* x, T* dweight) {
  if (!serves(s)) return false;
  const WeightPlan<T> plan(s);
  if (!fits(plan)) return false;
  const std::int64_t entries = s.in * s.out;
  T* const sums = scratch_of<T>(plan.sums(), 2, operation);
  const auto of_group = [&](std::int64_t group) { return sums + group * plan.group_step(); };
  // Adds groups [first, last) to the first of all.
  const auto add = [&](std::int64_t first, std::int64_t last) {
    parallel_for(winograd_places, (last - first) * plan.group_step(), [&](std::int64_t place) {
      T* const total = sums + place * plan.sum_step;
      for (std::int64_t group = first; group < last; ++group)
        kernels().of<T>().accumulate(entries, total + group * plan.group_step(), total);
    });
  };
  if (plan.apart) {
    parallel_for(plan.groups, s.images * s.out_plane() * entries, [&](std::int64_t group) {
      const StayAlone alone(plan.groups);
      add_up(plan, group, g, x, of_group(group));
    });
    add(1, plan.groups);
  } else {
    for (std::int64_t group = 0; group < plan.groups; ++group) {
      add_up(plan, group, g, x, of_group(std::min<std::int64_t>(group, 1)));
      if (group > 0) add(1, 2);
    }
  }
  PooledList<char> finite(static_cast<std::size_t>(s.out));
  parallel_for(s.out, entries * winograd_places, [&](std::int64_t r) {
    finite[static_cast<std::size_t>(r)] = plan.form.gradient(
        {.x = sums + r * s.in, .x_step = plan.sum_step, .n = s.in, .y = dweight + r * s.in * 9});
  });
  return std::find(finite.begin(), finite.end(), 0) == finite.end();
}

template bool weights_by_tiles(const ConvShape&, const float*, const float*, float*);
template bool weights_by_tiles(const ConvShape&, const double*, const double*, double*);

}  // namespace attune::internal
