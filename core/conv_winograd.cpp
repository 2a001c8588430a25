// Sources are transformed chunk by chunk, their places multiplied, and the products made into
// results.
#include "core/conv_winograd.hpp"

#include <atomic>
#include <span>
#include <vector>

#include "core/conv_cut.hpp"
#include "core/conv_winograd_plan.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// A source of more channels leaves no room for a panel of its places: the direct way needs less
// memory.
constexpr std::int64_t most_source_bytes = 4 << 20;
// Transformed weights are kept by the thread for the next call: no more than this.
constexpr std::int64_t most_weight_bytes = 64 << 20;
// Fewer channels, or results, do not pay for the transforms. (16 images of 28 x 28, direct over
// tiles: 16 -> 16 1.03, 16 -> 32 1.05, 32 -> 32 1.17, 64 -> 64 1.4.)
constexpr std::int64_t fewest = 24;
// With strides of 2 tiles save less, and more is copied. (Forward, direct over tiles: 16 images of
// 28 x 28, 32 -> 64 .87, 48 -> 48 .89, 48 -> 96 .98; 64 -> 128 1.08, 56 x 56 1.09, 256 -> 512, 14 x
// 14 1.16; AVX2 1.02, 1.02, .., 1.14, .., 1.21. By the input 24 -> 32 .97, 32 -> 64 1.31.)
constexpr std::int64_t fewest_halving = 64;
// Nor do fewer tiles for those of the weights, or tiles of rows that leave most of a batch empty.
// (64 -> 64, direct over tiles: 2 images of 14 x 14 1.11, an image of 7 x 7 0.64; 64 images of 4 x
// 4 0.96, 16 of 7 x 7 1.08.)
constexpr std::int64_t fewest_tiles = 48, narrowest = 7;
// Rows that fill less than half a batch need this many multiplications for an element transformed.
// (AVX-512, 14 x 14: 32 -> 32 .98, 32 -> 64 1.2, 48 -> 48 1.25; 7 x 7: 32 -> 32 .81, 48 ->
// 48 1.13.)
constexpr std::int64_t fewest_products = 18;

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

// Rows of tiles of one image.
struct Piece {
  std::int64_t image, row, rows, at;  // at: its first place
};

template <class T>
std::vector<Piece> pieces_of(const WinogradPlan<T>& plan, std::int64_t band, std::int64_t columns) {
  std::vector<Piece> pieces;
  const std::int64_t end = std::min((band + 1) * plan.rows, plan.c.images * plan.tile_rows);
  for (std::int64_t row = band * plan.rows, at = 0; row < end;) {
    const std::int64_t in_image = row % plan.tile_rows;
    const std::int64_t n = std::min(end - row, plan.tile_rows - in_image);
    pieces.push_back({row / plan.tile_rows, in_image, n, at});
    row += n;
    at += n * columns;
  }
  return pieces;
}

// Marks images that have a result that is not finite.
template <class T>
void run_chunk(const WinogradPlan<T>& plan, std::int64_t chunk, std::vector<char>& spoilt) {
  const Correlation<T>& c = plan.c;
  const std::int64_t left = chunk % plan.strips * plan.strip, band = chunk / plan.strips;
  const std::int64_t columns = std::min(plan.strip, plan.tile_columns - left);
  const std::vector<Piece> pieces = pieces_of(plan, band, columns);
  const std::int64_t count = pieces.back().at + pieces.back().rows * columns;
  const std::int64_t filled = round_up(count, plan.kernels.panel);
  const std::int64_t step = filled + line<T>;  // of a channel's places: an odd number of lines
  const std::int64_t place_step = winograd_channels * step;
  const std::int64_t block_step = plan.form.sources * place_step;
  const std::int64_t blocks = up(c.channels, winograd_channels);

  const ConvAxis across = c.columns.part(2 * left, 2 * columns);
  const PlaneCopy<T> copy(across);
  const std::int64_t copied = copy.plane(c.rows.part(0, 2 * plan.rows)) + 4 * line<T>;
  const std::int64_t work_step = round_up((plan.rows + 1) * columns, line<T>) + line<T>;
  const std::int64_t worked = plan.form.work_rows * work_step;
  T* const places = scratch_of<T>(blocks * block_step + copied + worked, 0, c.operation);
  T* const plane = places + blocks * block_step;
  T* const work = plane + copied;
  std::fill_n(plane, copied + worked, T(0));
  const std::int64_t source_plane = c.rows.size * c.columns.size;
  for (std::int64_t channel = 0; channel < c.channels; ++channel) {
    T* const to =
        places + channel / winograd_channels * block_step + channel % winograd_channels * step;
    for (const Piece& piece : pieces) {
      copy(c.rows.part(2 * piece.row, 2 * piece.rows), 1,
           c.source + (piece.image * c.channels + channel) * source_plane, plane);
      plan.form.source({.x = plane,
                        .x_row = across.copied(),
                        .rows = piece.rows,
                        .columns = columns,
                        .y = to + piece.at,
                        .y_step = place_step,
                        .end = piece.at + piece.rows * columns == count ? filled - piece.at : 0,
                        .work = work,
                        .work_step = work_step});
    }
  }

  const std::int64_t result_step = plan.together * (plan.least + 1) * filled + 3 * line<T>;
  T* const products = scratch_of<T>(plan.form.result_places * result_step, 1, c.operation);
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
      for (const Piece& piece : pieces) {
        T* const to = c.result + (piece.image * c.results + r) * c.result_plane +
                      plan.scale * 2 * (piece.row * c.result_width + left);
        const bool finite = plan.form.results(
            {.x = products + (r - first) * filled + piece.at,
             .x_step = result_step,
             .columns = columns,
             .y = to,
             .y_row = c.result_width,
             .height =
                 std::min(plan.scale * 2 * piece.rows, plan.height - plan.scale * 2 * piece.row),
             .width = std::min(plan.scale * 2 * columns, plan.width - plan.scale * 2 * left),
             .bias = c.bias ? c.bias[r] : T(0)});
        if (!finite)  // other chunks of the image may mark it at the same time
          std::atomic_ref(spoilt[static_cast<std::size_t>(piece.image)])
              .store(1, std::memory_order_relaxed);
      }
    }
  }
}

bool has_form(const ConvAxis& axis) {
  return axis.taps == 3 && axis.stride <= 2 && axis.reach == 1 && axis.step == 1;
}

// Whether tiles pay, and have room.
template <class T>
bool serves(const Correlation<T>& c) {
  const std::int64_t panel = kernels().of<T>().winograd->panel;
  const std::int64_t tiles = up(c.rows.count, 2) * up(c.columns.count, 2);
  return c.groups == 1 && c.channels >= fewest && c.results >= fewest &&
         c.columns.count >= narrowest && c.images * tiles >= fewest_tiles &&
         c.rows.count * c.columns.count >= 3 * tiles &&
         (2 * up(c.columns.count, 2) >= panel / 2 ||
          c.channels * c.results >= fewest_products * (c.channels + c.results)) &&
         winograd_places * c.channels * panel * static_cast<std::int64_t>(sizeof(T)) <=
             most_source_bytes &&
         c.channels * c.results <=
             most_weight_bytes / (winograd_places * static_cast<std::int64_t>(sizeof(T)));
}

// Whether each tap has a weight. One that has none, as in a masked kernel, must hide what it meets,
// where tiles would leave the rounding of what they add and take away again.
template <class T>
bool uses_all_taps(const Correlation<T>& c) {
  const auto is_used = [&](const T* tap) {
    for (std::int64_t i = 0; i < c.results; ++i)
      for (std::int64_t j = 0; j < c.channels; ++j)
        if (tap[i * c.w_result + j * c.w_channel] != T(0)) return true;
    return false;
  };
  for (int tap = 0; tap < 9; ++tap)
    if (!is_used(c.w + tap / 3 * c.w_row + tap % 3)) return false;
  return true;
}

// An image again, by the direct sum.
template <class T>
bool repeat(const Correlation<T>& c, std::int64_t image) {
  Correlation<T> one = c;
  one.images = 1;
  one.source += image * c.channels * c.rows.size * c.columns.size;
  one.result += image * c.results * c.result_plane;
  return correlate(one);
}

// Which images have a result that is not finite.
template <class T>
std::vector<char> run(WinogradPlan<T>& plan) {
  const Correlation<T>& c = plan.c;
  const std::int64_t weights = c.results * c.channels;
  plan.weights = scratch_of<T>(plan.form.weight_places * weights, 2, c.operation);
  parallel_for(plan.groups, plan.form.weight_places * weights,
               [&](std::int64_t group) { transform_weights(plan, group); });
  std::vector<char> spoilt(static_cast<std::size_t>(c.images));
  parallel_for(plan.bands * plan.strips,
               c.images * plan.tile_rows * plan.tile_columns * plan.form.n_terms * weights / 8,
               [&](std::int64_t chunk) { run_chunk(plan, chunk, spoilt); });
  return spoilt;
}

}  // namespace

// An element of the source takes part in exactly those results that see it, so that what is not
// finite, or much larger than its neighbours, spoils no other. But an infinity may become a NaN on
// the way, and sums of large numbers overflow where theirs do not: images with such results are
// computed again.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c) {
  const bool halving = c.rows.stride == 2;
  if (!has_form(c.rows) || !has_form(c.columns) || c.rows.stride != c.columns.stride ||
      (halving && std::min(c.channels, c.results) < fewest_halving) || !serves(c) ||
      !uses_all_taps(c))
    return false;
  const WinogradKernels<T>& kernels = *internal::kernels().of<T>().winograd;
  WinogradPlan<T> plan(c, halving ? kernels.halving : kernels.plain, 1, c.rows.count,
                       c.columns.count);
  const std::vector<char> spoilt = run(plan);
  // One by one: the bits of an image do not depend on what others hold.
  for (std::int64_t image = 0; image < c.images; ++image)
    if (spoilt[static_cast<std::size_t>(image)] && !repeat(c, image)) return false;
  return true;
}

template <class T>
bool backward_input_by_tiles(const ConvShape& s, const T* g, const T* weight, T* dx,
                             std::vector<char>& spoilt) {
  if (s.kernel_height != 3 || s.kernel_width != 3 || s.stride_y != 2 || s.stride_x != 2 ||
      s.dilation_y != 1 || s.dilation_x != 1 || s.top != 1 || s.left != 1)
    return false;
  // A position is a square of 2 x 2 results, which see two rows and columns of g.
  const auto axis = [](std::int64_t size, std::int64_t count) {
    return ConvAxis{.size = size,
                    .count = count,
                    .first = 0,
                    .step = 1,
                    .stride = 1,
                    .origin = 0,
                    .reach = 1,
                    .taps = 2,
                    .kernel = 0,
                    .kernel_step = 1};
  };
  const Correlation<T> c{.operation = "conv2d_backward_input",
                         .images = s.images,
                         .groups = s.groups,
                         .channels = s.out,
                         .results = s.in,
                         .rows = axis(s.out_height, up(s.height, 2)),
                         .columns = axis(s.out_width, up(s.width, 2)),
                         .source = g,
                         .w = weight,
                         .w_group = 0,
                         .w_result = 9,
                         .w_channel = s.taps(),
                         .w_row = 3,
                         .bias = nullptr,
                         .result = dx,
                         .result_plane = s.plane(),
                         .result_width = s.width};
  if (!serves(c) || !uses_all_taps(c)) return false;
  WinogradPlan<T> plan(c, kernels().of<T>().winograd->doubling, 2, s.height, s.width);
  spoilt = run(plan);
  return true;
}

template bool correlate_by_tiles(const Correlation<float>&);
template bool correlate_by_tiles(const Correlation<double>&);
template bool backward_input_by_tiles(const ConvShape&, const float*, const float*, float*,
                                      std::vector<char>&);
template bool backward_input_by_tiles(const ConvShape&, const double*, const double*, double*,
                                      std::vector<char>&);

}  // namespace attune::internal
