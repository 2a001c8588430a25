// How values of channels pass through the kernels: in lines, in pieces that stay in the first
// cache, and with parameters laid out as a piece needs them. Knows layouts only, no arithmetic.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "attune/tensor.hpp"
#include "autograd/norm_loops.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

namespace norm_lines {

// Elements of a line at a time: they stay in the first cache. (Batch norm of images both ways on
// Zen 5, us, 512, 2048 and 8192: 750, 761, 756.)
inline constexpr std::int64_t tile = 2048;
// Of short samples that pass at once: they and the sums over each place of them stay in the first
// cache. (Batch norm both ways on Zen 5, us, 1, 2 and 4 KB and each sample by itself: f32 [10000,
// 3] 749 by itself and 17 with 2 KB; [10000, 30] 187 with 4, 179 with 2, 798 by itself; f64
// [100000, 8] 1061, 1119, 1545 with 2, 4 and 8 KB, 3820 by itself; [64, 256] 19.3, 20.4, 21.3 and
// 19.1.)
inline constexpr std::size_t bytes_together = 2048;
// A channel of fewer values in a sample does not make a run by itself. (Both ways, us, channels by
// themselves and samples: f32 [1000, 16, 20] 1680, 210; [200, 128, 31] 2743, 893; [32, 64, 64]
// 143, 190.)
inline constexpr std::int64_t short_line = 32;
inline constexpr std::int64_t cost = 4;  // of an element, in additions

// The lines of a layout, and how many pass at once. A line is a sample, along which the parameters
// change, where a channel has few values in it; else it is a channel of a sample.
struct Lines {
  bool along;
  std::int64_t count, length, together = 1;

  Lines(const Channels& x, std::size_t bytes_of_element)
      : along(x.inner < short_line),
        count(along ? x.n : x.n * x.channels),
        length(along ? x.channels * x.inner : x.inner) {
    if (!along || length == 0 || count == 0) return;
    const std::int64_t fit = static_cast<std::int64_t>(bytes_together / bytes_of_element) / length;
    if (fit < 3) return;  // (f32 [64, 256] with SSE2: 25.8 one by one, 26.9 by two)
    // By 16, so that pieces begin at cache lines and halves of them can be added.
    together = std::clamp<std::int64_t>(fit < 16 ? fit : fit / 16 * 16, 1, count);
  }

  // Lines of a chunk: whole groups that pass at once.
  std::int64_t in_chunk() const {
    const std::int64_t group = std::max<std::int64_t>(length * together, 1);
    return together * std::max<std::int64_t>(1, elementwise_chunk / group);
  }
};

// A piece of a line, or of lines that pass at once.
struct Piece {
  std::int64_t at;      // of its first element
  std::int64_t count;   // elements
  std::int64_t values;  // where those of parameters begin
  std::int64_t step;    // of a parameter: 1 along a sample, 0 along a channel
};

template <class Body>
void for_pieces(const Channels& layout, const Lines& lines, std::int64_t begin, std::int64_t end,
                const Body& body) {
  for (std::int64_t line = begin; line < end; line += lines.together) {
    const std::int64_t length = std::min(lines.together, end - line) * lines.length;
    for (std::int64_t i = 0; i < length; i += tile) {
      body(Piece{line * lines.length + i, std::min(tile, length - i),
                 lines.along ? i : line % layout.channels, lines.along ? 1 : 0});
    }
  }
}

// body(begin, end) for chunks of the lines.
template <class Body>
void for_chunks_of(const Lines& lines, const Body& body) {
  const std::int64_t chunk = lines.in_chunk();
  parallel_for((lines.count + chunk - 1) / chunk, lines.count * lines.length * cost,
               [&](std::int64_t i) { body(i * chunk, std::min(lines.count, (i + 1) * chunk)); });
}

// body(piece) for all pieces.
template <class Body>
void for_lines(const Channels& layout, const Lines& lines, const Body& body) {
  for_chunks_of(lines, [&](std::int64_t begin, std::int64_t end) {
    for_pieces(layout, lines, begin, end, body);
  });
}

// A parameter of channels as pieces read it: repeated for each value of a channel in a sample, and
// for each sample that passes at once.
template <class T>
class Spread {
 public:
  Spread(const Channels& layout, const Lines& lines, const Tensor& parameter)
      : values_(data<T>(parameter)) {
    if (!lines.along || lines.length * lines.together == layout.channels) return;
    const std::int64_t count = lines.length * lines.together;
    T* const to = room_.emplace(count, "batch_norm").get();
    for (std::int64_t c = 0; c < layout.channels; ++c)
      std::fill_n(to + c * layout.inner, layout.inner, values_[c]);
    for (std::int64_t have = lines.length; have < count; have *= 2)
      std::copy_n(to, std::min(have, count - have), to + have);
    values_ = to;
  }
  const T* at(const Piece& piece) const { return values_ + piece.values; }

 private:
  std::optional<Pooled<T>> room_;
  const T* values_;
};

}  // namespace norm_lines

}  // namespace attune::internal
