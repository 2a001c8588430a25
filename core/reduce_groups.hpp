// A reduction of one group of axes, cut into chunks: the same walk for every type. `Of` says how a
// run of elements becomes one, how rows become one row, and may say how each of many runs does.
#pragma once

#include <algorithm>

#include "core/loop.hpp"
#include "core/pooled.hpp"
#include "core/reduce.hpp"

namespace attune::internal {

// Rows that one partial result over columns takes. (Sums of the columns of 4096 x 1024 f32 on Zen
// 5, us, one thread and two: 64 350 and 185, 256 290 and 168, 512 257 and 137; but 512
// would cut a batch of 1024 rows for two threads only.)
inline constexpr std::int64_t row_block = 256;

// Runs longer than a chunk are reduced chunk by chunk, the partial results by their own tree.
template <class Of, class From, class To>
void reduce_runs(std::int64_t outer, std::int64_t count, const From* x, To* y) {
  const std::int64_t pieces = (count + elementwise_chunk - 1) / elementwise_chunk;
  if (pieces <= 1) {
    const std::int64_t together =
        std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(count, 1));
    parallel_for((outer + together - 1) / together, outer * count, [&](std::int64_t chunk) {
      const std::int64_t begin = chunk * together, end = std::min(outer, begin + together);
      if constexpr (requires { Of::runs(end, count, x, y); })
        return Of::runs(end - begin, count, x + begin * count, y + begin);
      for (std::int64_t i = begin; i < end; ++i) y[i] = Of::run(count, x + i * count);
    });
    return;
  }
  PooledList<To> partial(static_cast<std::size_t>(outer * pieces));
  parallel_for(outer * pieces, outer * count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk % pieces * elementwise_chunk;
    partial[static_cast<std::size_t>(chunk)] =
        Of::run(std::min(elementwise_chunk, count - begin), x + chunk / pieces * count + begin);
  });
  for (std::int64_t i = 0; i < outer; ++i) y[i] = Of::run(pieces, partial.data() + i * pieces);
}

// Over the rows of one plane [count, inner]: blocks of rows, whose partial rows are reduced in
// turn.
template <class Of, class From, class To>
void reduce_plane(std::int64_t count, std::int64_t inner, const From* x, To* y) {
  const std::int64_t blocks = (count + row_block - 1) / row_block;
  if (blocks <= 1) return Of::rows(count, inner, x, y);
  PooledList<To> partial(static_cast<std::size_t>(blocks * inner));
  parallel_for(blocks, count * inner, [&](std::int64_t block) {
    const std::int64_t begin = block * row_block;
    Of::rows(std::min(row_block, count - begin), inner, x + begin * inner,
             partial.data() + block * inner);
  });
  Of::rows(blocks, inner, static_cast<const To*>(partial.data()), y);
}

template <class Of, class From, class To>
void reduce_group(const Group& group, const From* x, To* y) {
  if (group.inner == 1) return reduce_runs<Of>(group.outer, group.count, x, y);
  if (group.outer == 1) return reduce_plane<Of>(group.count, group.inner, x, y);
  parallel_for(group.outer, group.outer * group.count * group.inner, [&](std::int64_t i) {
    reduce_plane<Of>(group.count, group.inner, x + i * group.count * group.inner,
                     y + i * group.inner);
  });
}

}  // namespace attune::internal
