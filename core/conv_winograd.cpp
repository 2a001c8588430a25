// A chunk is some rows of tiles of all images, or a piece of long ones: cut by the shape alone.
#include "core/conv_winograd.hpp"

#include <atomic>
#include <vector>

#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// The places of a chunk's source stay in a second-level cache, and beside them those of some
// results. (64 -> 64, 28 x 28, batches of 32, on 2 MiB: 256 KiB 7.2 ms, 512 KiB 6.6, 1 MiB 6.9.)
constexpr std::int64_t source_bytes = 512 << 10, result_bytes = 256 << 10;
// More channels than leave room for a panel do not: the direct way needs less memory.
constexpr std::int64_t most_source_bytes = 4 << 20;
// Transformed weights are kept by the thread for the next call: no more than this.
constexpr std::int64_t most_weight_bytes = 64 << 20;
// Longer sums are not faster and lose digits: over 256 channels at once the error is 2.1 times that
// of the direct sum, over 64 and 64 it is 1.15 times.
constexpr std::int64_t channels_of_sum = 64;
// Fewer channels, or results, do not pay for the transforms. (16 images of 28 x 28, direct over
// tiles: 16 -> 16 1.03, 16 -> 32 1.05, 32 -> 32 1.17, 64 -> 64 1.4.)
constexpr std::int64_t fewest = 24;
// Nor do fewer tiles for those of the weights, or tiles of rows that leave most of a batch empty.
// (64 -> 64, direct over tiles: 2 images of 14 x 14 1.11, an image of 7 x 7 0.64; 64 images of 4 x
// 4 0.96, 16 of 7 x 7 1.08.)
constexpr std::int64_t fewest_tiles = 48, narrowest = 7;
// Rows that fill less than half a batch need this many multiplications for an element transformed.
// (AVX-512, 14 x 14: 32 -> 32 .98, 32 -> 64 1.2, 48 -> 48 1.25; 7 x 7: 32 -> 32 .81, 48 ->
// 48 1.13.)
constexpr std::int64_t fewest_products = 18;
// Of two panels at least: each chunk reads all weights. (128 -> 128, 2 images of 9 x 9: SSE2 1.3
// times as fast, AVX2 1.3; 64 -> 64, 2 of 13 x 13, AVX-512 1.17.)
constexpr std::int64_t fewest_chunks = 16;
constexpr std::int64_t channels_of_block = 4;  // of WinogradProduct

template <class T>
struct Plan {
  const Correlation<T>& c;
  const WinogradKernels<T>& kernels;
  std::int64_t tile_rows, tile_columns;  // of an image
  std::int64_t strip, strips;            // columns of tiles of a chunk
  std::int64_t rows, bands;              // rows of tiles of a chunk, of all images' rows
  std::int64_t channels;                 // of a sum
  std::int64_t least, higher, groups;    // results of a product: one more of `higher` groups
  std::int64_t together;                 // groups whose places are kept
  T* weights = nullptr;  // [groups together][places][channels of a sum][groups][channels, results]

  explicit Plan(const Correlation<T>& correlation)
      : c(correlation),
        kernels(*internal::kernels().of<T>().winograd),
        tile_rows(up(c.rows.count, 2)),
        tile_columns(up(c.columns.count, 2)) {
    constexpr std::int64_t size = sizeof(T);
    const std::int64_t panel = kernels.panel, all_rows = c.images * tile_rows;
    std::int64_t positions = source_bytes / (winograd_places * c.channels * size);
    positions =
        std::min(positions, std::max(up(all_rows * tile_columns, fewest_chunks), 2 * panel));
    positions = std::max(positions / panel * panel, panel);
    strip = up(tile_columns, up(tile_columns, positions));
    strips = up(tile_columns, strip);
    // As many rows as fill their panels best.
    rows = 1;
    double best = 0;
    for (std::int64_t n = 1; n <= all_rows && (n == 1 || n * strip <= positions); ++n) {
      const double use =
          static_cast<double>(n * strip) / static_cast<double>(round_up(n * strip, panel));
      if (use >= best) {
        best = use;
        rows = n;
      }
    }
    bands = up(all_rows, rows);
    channels = round_up(up(c.channels, up(c.channels, channels_of_sum)), channels_of_block);
    groups = up(c.results, kernels.most_results);
    least = c.results / groups;
    higher = c.results % groups;
    together = std::clamp<std::int64_t>(
        result_bytes / (winograd_places * round_up(rows * strip, panel) * size * (least + 1)), 1,
        groups);
  }
  std::int64_t first(std::int64_t group) const { return group * least + std::min(group, higher); }
  // Where the weights of a group from a channel on stand, and from place to place.
  T* weights_at(std::int64_t group, std::int64_t channel) const {
    const std::int64_t set = group / together * together, begin = first(set);
    const std::int64_t end = first(std::min(set + together, groups));
    const std::int64_t n = std::min(channels, c.channels - channel);
    return weights + winograd_places * begin * c.channels + (end - begin) * channel +
           (first(group) - begin) * n;
  }
  std::int64_t weights_step(std::int64_t group) const {
    const std::int64_t set = group / together * together;
    return (first(std::min(set + together, groups)) - first(set)) * c.channels;
  }
};

template <class T>
void transform_weights(const Plan<T>& plan, std::int64_t group) {
  const Correlation<T>& c = plan.c;
  std::int64_t taps[9];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      taps[3 * i + j] = (c.rows.kernel + i * c.rows.kernel_step) * c.w_row + c.columns.kernel +
                        j * c.columns.kernel_step;
  const std::int64_t first = plan.first(group);
  for (std::int64_t channel = 0; channel < c.channels; channel += plan.channels)
    plan.kernels.weights({.w = c.w + first * c.w_result + channel * c.w_channel,
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

// Marks images that have a result that is not finite.
template <class T>
void run_chunk(const Plan<T>& plan, std::int64_t chunk, std::vector<char>& spoilt) {
  const Correlation<T>& c = plan.c;
  const std::int64_t left = chunk % plan.strips * plan.strip, band = chunk / plan.strips;
  const std::int64_t columns = std::min(plan.strip, plan.tile_columns - left);
  std::vector<Piece> pieces;
  const std::int64_t end = std::min((band + 1) * plan.rows, c.images * plan.tile_rows);
  for (std::int64_t row = band * plan.rows, at = 0; row < end;) {
    const std::int64_t in_image = row % plan.tile_rows;
    const std::int64_t n = std::min(end - row, plan.tile_rows - in_image);
    pieces.push_back({row / plan.tile_rows, in_image, n, at});
    row += n;
    at += n * columns;
  }
  const std::int64_t count = (end - band * plan.rows) * columns;
  const std::int64_t filled = round_up(count, plan.kernels.panel);
  const std::int64_t step = filled + line<T>;  // of a channel's places: an odd number of lines
  const std::int64_t place_step = channels_of_block * step;
  const std::int64_t block_step = winograd_places * place_step;
  const std::int64_t blocks = up(c.channels, channels_of_block);

  const ConvAxis across = c.columns.part(2 * left, 2 * columns);
  const PlaneCopy<T> copy(across);
  const std::int64_t copied = copy.plane(c.rows.part(0, 2 * plan.rows)) + 4 * line<T>;
  const std::int64_t work_step = round_up((plan.rows + 1) * columns, line<T>) + line<T>;
  T* const places = scratch_of<T>(blocks * block_step + copied + 8 * work_step, 0);
  T* const plane = places + blocks * block_step;
  T* const work = plane + copied;
  std::fill_n(plane, copied + 8 * work_step, T(0));
  const std::int64_t source_plane = c.rows.size * c.columns.size;
  for (std::int64_t channel = 0; channel < c.channels; ++channel) {
    T* const to =
        places + channel / channels_of_block * block_step + channel % channels_of_block * step;
    for (const Piece& piece : pieces) {
      copy(c.rows.part(2 * piece.row, 2 * piece.rows), 1,
           c.source + (piece.image * c.channels + channel) * source_plane, plane);
      plan.kernels.source({.x = plane,
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
  T* const products = scratch_of<T>(winograd_places * result_step, 1);
  for (std::int64_t group = 0; group < plan.groups; group += plan.together) {
    const std::int64_t last = std::min(group + plan.together, plan.groups);
    const std::int64_t first = plan.first(group);
    for (int place = 0; place < winograd_places; ++place) {
      for (std::int64_t channel = 0; channel < c.channels; channel += plan.channels) {
        for (std::int64_t g = group; g < last; ++g)
          plan.kernels.product(
              {.x = places + place * place_step + channel / channels_of_block * block_step,
               .x_step = step,
               .x_block = block_step,
               .channels = std::min(plan.channels, c.channels - channel),
               .w = plan.weights_at(g, channel) + place * plan.weights_step(g),
               .results = plan.first(g + 1) - plan.first(g),
               .positions = filled,
               .y = products + place * result_step + (plan.first(g) - first) * filled,
               .add = channel > 0});
      }
    }
    for (std::int64_t r = first; r < plan.first(last); ++r) {
      for (const Piece& piece : pieces) {
        T* const to = c.result + (piece.image * c.results + r) * c.result_plane +
                      2 * piece.row * c.result_width + 2 * left;
        const bool finite =
            plan.kernels.results({.x = products + (r - first) * filled + piece.at,
                                  .x_step = result_step,
                                  .columns = columns,
                                  .y = to,
                                  .y_row = c.result_width,
                                  .height = std::min(2 * piece.rows, c.rows.count - 2 * piece.row),
                                  .width = std::min(2 * columns, c.columns.count - 2 * left),
                                  .bias = c.bias ? c.bias[r] : T(0)});
        if (!finite)  // other chunks of the image may mark it at the same time
          std::atomic_ref(spoilt[static_cast<std::size_t>(piece.image)])
              .store(1, std::memory_order_relaxed);
      }
    }
  }
}

bool serves(const ConvAxis& axis) {
  return axis.taps == 3 && axis.stride == 1 && axis.reach == 1 && axis.step == 1;
}

template <class T>
bool serves(const Correlation<T>& c) {
  const std::int64_t panel = kernels().of<T>().winograd->panel;
  const std::int64_t tiles = up(c.rows.count, 2) * up(c.columns.count, 2);
  return serves(c.rows) && serves(c.columns) && c.groups == 1 && c.channels >= fewest &&
         c.results >= fewest && c.columns.count >= narrowest && c.images * tiles >= fewest_tiles &&
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

}  // namespace

// An element of the source takes part in exactly those results that see it, so that what is not
// finite, or much larger than its neighbours, spoils no other. But an infinity may become a NaN on
// the way, and sums of large numbers overflow where theirs do not: images with such results are
// computed again.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c) {
  if (!serves(c) || !uses_all_taps(c)) return false;
  Plan<T> plan(c);
  const std::int64_t weights = c.results * c.channels;
  plan.weights = scratch_of<T>(winograd_places * weights, 2);
  parallel_for(plan.groups, winograd_places * weights,
               [&](std::int64_t group) { transform_weights(plan, group); });
  const std::int64_t chunks = plan.bands * plan.strips;
  std::vector<char> spoilt(static_cast<std::size_t>(c.images));
  parallel_for(chunks,
               c.images * plan.tile_rows * plan.tile_columns * winograd_places * weights / 8,
               [&](std::int64_t chunk) { run_chunk(plan, chunk, spoilt); });
  // One by one: the bits of an image do not depend on what others hold.
  for (std::int64_t image = 0; image < c.images; ++image)
    if (spoilt[static_cast<std::size_t>(image)] && !repeat(c, image)) return false;
  return true;
}

template bool correlate_by_tiles(const Correlation<float>&);
template bool correlate_by_tiles(const Correlation<double>&);

}  // namespace attune::internal
