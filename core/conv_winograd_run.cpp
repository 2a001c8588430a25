// A convolution by tiles: sources are transformed chunk by chunk, their places multiplied, and the
// products made into results.
#include <algorithm>
#include <atomic>
#include <span>

#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"
#include "core/conv_winograd_plan.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"
#include "core/scratch.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

template <class T>
void transform_weights(const WinogradPlan<T>& plan, std::int64_t group) {
  const Correlation<T>& c = plan.c;
  std::int64_t taps[9];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      taps[3 * i + j] = (c.rows.kernel + i * c.rows.kernel_step) * c.w_row + c.columns.kernel +
                        j * c.columns.kernel_step;
  const std::int64_t first = plan.first(group);
  for (std::int64_t channel = 0; channel < c.channels; channel += plan.channels)
    plan.form.weights({.w = c.w + first * c.w_result + channel * c.w_channel,
                       .w_channel = c.w_channel,
                       .w_result = c.w_result,
                       .taps = taps,
                       .channels = std::min(plan.channels, c.channels - channel),
                       .results = plan.first(group + 1) - first,
                       .y = plan.weights_at(group, channel),
                       .y_step = plan.weights_step(group)});
}

// Marks images that have a result that is not finite.
template <class T>
void run_chunk(const WinogradPlan<T>& plan, std::int64_t chunk, PooledList<char>& spoilt) {
  const Correlation<T>& c = plan.c;
  const std::int64_t end = std::min((chunk + 1) * plan.positions, plan.tiles());
  const PooledList<TileRun> runs =
      runs_of_tiles(chunk * plan.positions, end, plan.tile_rows, plan.tile_columns);
  const std::int64_t count = end - chunk * plan.positions;
  const std::int64_t filled = round_up(count, plan.kernels.panel);
  const std::int64_t step = channel_step<T>(filled);
  const std::int64_t place_step = winograd_channels * step;
  const std::int64_t block_step = plan.form.sources * place_step;
  const std::int64_t blocks = up(c.channels, winograd_channels);

  std::int64_t copied = 0, work_step = 0;
  for (const TileRun& run : runs) {
    const PlaneCopy<T> copy(c.columns.part(2 * run.left, 2 * run.columns));
    copied = std::max(copied, copy.plane(c.rows.part(0, 2 * run.rows)) + 4 * line<T>);
    work_step = std::max(work_step, round_up((run.rows + 1) * run.columns, line<T>) + 2 * line<T>);
  }
  const std::int64_t worked = plan.form.work_rows * work_step;
  T* const places = scratch_of<T>(blocks * block_step + copied + worked, 0, c.operation);
  T* const plane = places + blocks * block_step;
  T* const work = plane + copied;
  std::fill_n(plane, copied + worked, T(0));
  const std::int64_t source_plane = c.rows.size * c.columns.size;
  for (const TileRun& run : runs) {
    const ConvAxis across = c.columns.part(2 * run.left, 2 * run.columns);
    const ConvAxis down = c.rows.part(2 * run.row, 2 * run.rows);
    const PlaneCopy<T> copy(across);
    for (std::int64_t channel = 0; channel < c.channels; ++channel) {
      copy(down, 1, c.source + (run.image * c.channels + channel) * source_plane, plane);
      plan.form.source({.x = plane,
                        .x_row = across.copied(),
                        .rows = run.rows,
                        .columns = run.columns,
                        .skip = run.skip,
                        .count = run.count,
                        .y = places + channel / winograd_channels * block_step +
                             channel % winograd_channels * step + run.at,
                        .y_step = place_step,
                        .end = run.at + run.count == count ? filled - run.at : 0,
                        .work = work,
                        .work_step = work_step});
    }
  }

  const std::int64_t result_step = plan.together * (plan.least + 1) * filled + 3 * line<T>;
  T* const products = scratch_of<T>(plan.form.result_places * result_step, 1, c.operation);
  PooledList<TileRun> parts;
  for (const TileRun& run : runs)
    for (const TileRun& part : rectangles(run)) parts.push_back(part);
  const std::span terms(plan.form.terms, static_cast<std::size_t>(plan.form.n_terms));
  for (std::int64_t group = 0; group < plan.groups; group += plan.together) {
    const std::int64_t last = std::min(group + plan.together, plan.groups);
    const std::int64_t first = plan.first(group);
    for (const WinogradTerm& term : terms) {
      for (std::int64_t channel = 0; channel < c.channels; channel += plan.channels) {
        for (std::int64_t g = group; g < last; ++g)
          plan.kernels.product(
              {.x = places + term.source * place_step + channel / winograd_channels * block_step,
               .x_step = step,
               .x_block = block_step,
               .channels = std::min(plan.channels, c.channels - channel),
               .w = plan.weights_at(g, channel) + term.weight * plan.weights_step(g),
               .results = plan.first(g + 1) - plan.first(g),
               .positions = filled,
               .y = products + term.result * result_step + (plan.first(g) - first) * filled,
               .add = channel > 0 || !term.first});
      }
    }
    for (std::int64_t r = first; r < plan.first(last); ++r) {
      for (const TileRun& part : parts) {
        const std::int64_t top = plan.scale * 2 * part.row, left = plan.scale * 2 * part.left;
        const bool finite =
            plan.form.results({.x = products + (r - first) * filled + part.at,
                               .x_step = result_step,
                               .columns = part.columns,
                               .y = c.result + (part.image * c.results + r) * c.result_plane +
                                    top * c.result_width + left,
                               .y_row = c.result_width,
                               .height = std::min(plan.scale * 2 * part.rows, plan.height - top),
                               .width = std::min(plan.scale * 2 * part.columns, plan.width - left),
                               .bias = c.bias ? c.bias[r] : T(0)});
        if (!finite)  // other chunks of the image may mark it at the same time
          std::atomic_ref(spoilt[static_cast<std::size_t>(part.image)])
              .store(1, std::memory_order_relaxed);
      }
    }
  }
}

}  // namespace

template <class T>
PooledList<char> run_tiles(WinogradPlan<T>& plan) {
  const Correlation<T>& c = plan.c;
  const std::int64_t weights = c.results * c.channels;
  plan.weights = scratch_of<T>(winograd_places * weights, 2, c.operation);
  parallel_for(plan.groups, winograd_places * weights,
               [&](std::int64_t group) { transform_weights(plan, group); });
  PooledList<char> spoilt(static_cast<std::size_t>(c.images));
  parallel_for(plan.chunks, plan.tiles() * plan.form.n_terms * weights / 8,
               [&](std::int64_t chunk) { run_chunk(plan, chunk, spoilt); });
  return spoilt;
}

template PooledList<char> run_tiles(WinogradPlan<float>&);
template PooledList<char> run_tiles(WinogradPlan<double>&);

}  // namespace attune::internal
