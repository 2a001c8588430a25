// A contiguous tensor around one of its axes, and its walk in chunks that depend on the shape
// alone.
#pragma once

#include <algorithm>

#include "attune/shape.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"

namespace attune::internal {

// `outer` planes of n rows of `inner` columns; n is the axis.
struct Planes {
  std::int64_t outer = 1, n, inner = 1;

  Planes(const Shape& shape, int axis) : n(shape[axis]) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  std::int64_t size() const { return outer * n * inner; }

  // body(first, count): rows [first, first + count) where there is one column; in chunks.
  template <class Body>
  void for_rows(const Body& body) const {
    if (size() == 0) return;
    const std::int64_t together = std::max<std::int64_t>(1, elementwise_chunk / n);
    parallel_for((outer + together - 1) / together, 8 * size(), [&](std::int64_t i) {
      body(i * together, std::min(together, outer - i * together));
    });
  }

  // body(at, columns) from element `at` on: some planes, or some columns of one, in chunks.
  template <class Body>
  void for_columns(const Body& body) const {
    if (size() == 0) return;
    // Columns of a chunk. (Softmax along the first axis on Zen 5, ms, 32 and 64: 4096 x 1024 4.4
    // and 2.5, 20000 x 1024 23.5 and 14.1.)
    constexpr std::int64_t whole_lines = 64;
    const std::int64_t plane = n * inner;
    const std::int64_t together = std::max<std::int64_t>(1, elementwise_chunk / plane);
    const std::int64_t wide =
        std::max(whole_lines, elementwise_chunk / n / whole_lines * whole_lines);
    const std::int64_t cuts = together > 1 ? 1 : (inner + wide - 1) / wide;
    const std::int64_t chunks = (outer + together - 1) / together * cuts;
    parallel_for(chunks, 8 * size(), [&](std::int64_t chunk) {
      const std::int64_t first = chunk / cuts * together, column = chunk % cuts * wide;
      const std::int64_t columns = cuts == 1 ? inner : std::min(wide, inner - column);
      body(first * plane + column, Columns{std::min(together, outer - first), n, columns, inner});
    });
  }
};

}  // namespace attune::internal
