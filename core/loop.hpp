// Elementwise loops over strided operands: which runs of elements a kernel sees, and their
// distribution over chunks. Knows layouts only, no arithmetic.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "attune/shape.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

// Axes of all operands after merging those that lie together in memory. The last axis is the run.
struct Loop {
  static constexpr int most = 4;  // operands
  int operands = 0;
  int rank = 0;  // at least 1
  std::int64_t sizes[max_rank];
  std::int64_t strides[most][max_rank];  // in elements

  std::int64_t run() const { return sizes[rank - 1]; }
  std::int64_t runs() const {
    std::int64_t product = 1;
    for (int i = 0; i + 1 < rank; ++i) product *= sizes[i];
    return product;
  }
  std::int64_t run_stride(int operand) const { return strides[operand][rank - 1]; }
};

// Operands of one shape (broadcast ones with stride 0).
Loop make_loop(const Shape& shape, std::span<const Shape> strides);

// The strides of an operand of `shape` when read as `wider`, a shape that it broadcasts to.
Shape broadcast_strides(const Shape& shape, const Shape& strides, const Shape& wider);

using Offsets = std::array<std::int64_t, Loop::most>;  // in elements, one per operand

// Elements in one chunk of an elementwise loop: 16 Ki f32 are 64 KiB an operand, so that two inputs
// and a result of a chunk stay in a second-level cache. (Zen 5, us on one thread, chunks of 4, 8,
// 16, 32 Ki: a + b of a million f32 134, 105, 105, 105; a + a row, rows of 16, 150, 107, 88, 80;
// relu of 4 million 764, 731, 687, 683. Longer ones leave less for a second thread.)
inline constexpr std::int64_t elementwise_chunk = 16384;

namespace loop_detail {

inline Offsets offsets_of(const Loop& loop, std::int64_t run) {
  Offsets offsets{};
  for (int axis = loop.rank - 2; axis >= 0; --axis) {
    const std::int64_t index = run % loop.sizes[axis];
    run /= loop.sizes[axis];
    for (int k = 0; k < loop.operands; ++k) offsets[k] += index * loop.strides[k][axis];
  }
  return offsets;
}

}  // namespace loop_detail

// Calls body(length, offsets) for pieces of runs; the pieces cover every element once, are cut by
// the shape alone and may run on several threads. `cost` is the work of an element, 1 for an
// addition.
template <class Body>
void for_runs(const Loop& loop, std::int64_t cost, Body&& body) {
  const std::int64_t run = loop.run();
  const std::int64_t runs = loop.runs();
  if (run == 0 || runs == 0) return;
  if (runs == 1 && run <= elementwise_chunk) return body(run, Offsets{});
  const std::int64_t pieces = (run + elementwise_chunk - 1) / elementwise_chunk;  // of one run
  if (pieces > 1) {
    parallel_for(runs * pieces, runs * run * cost, [&](std::int64_t chunk) {
      Offsets offsets = loop_detail::offsets_of(loop, chunk / pieces);
      const std::int64_t begin = chunk % pieces * elementwise_chunk;
      for (int k = 0; k < loop.operands; ++k) offsets[k] += begin * loop.run_stride(k);
      body(std::min(elementwise_chunk, run - begin), offsets);
    });
    return;
  }
  const std::int64_t together = elementwise_chunk / run;  // runs in a chunk
  parallel_for((runs + together - 1) / together, runs * run * cost, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(runs, (chunk + 1) * together);
    const int row = loop.rank - 2;  // there is one: with a single run we are not here
    for (std::int64_t r = chunk * together; r < end;) {
      Offsets offsets = loop_detail::offsets_of(loop, r);  // divisions, which short runs would feel
      const std::int64_t left = loop.sizes[row] - r % loop.sizes[row];
      for (const std::int64_t stop = std::min(end, r + left); r < stop; ++r) {
        body(run, offsets);
        for (int k = 0; k < loop.operands; ++k) offsets[k] += loop.strides[k][row];
      }
    }
  });
}

// Calls body(begin, length) for pieces of a contiguous range of n elements, as for_runs does.
template <class Body>
void for_chunks(std::int64_t n, std::int64_t cost, Body&& body) {
  if (n <= elementwise_chunk) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
  parallel_for((n + elementwise_chunk - 1) / elementwise_chunk, n * cost, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * elementwise_chunk;
    body(begin, std::min(elementwise_chunk, n - begin));
  });
}

// The sum of part(begin, length) over the same pieces, added in their order.
template <class Part>
double sum_chunks(std::int64_t n, std::int64_t cost, Part&& part) {
  if (n <= elementwise_chunk) return n > 0 ? part(std::int64_t{0}, n) : 0.0;
  PooledList<double> sums(
      static_cast<std::size_t>((n + elementwise_chunk - 1) / elementwise_chunk));
  for_chunks(n, cost, [&](std::int64_t begin, std::int64_t length) {
    sums[static_cast<std::size_t>(begin / elementwise_chunk)] = part(begin, length);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace attune::internal
