// The weight gradient of a convolution whose results fill lanes and whose source channels do not.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/conv.hpp"
#include "core/conv_axis.hpp"
#include "core/conv_cut.hpp"

namespace attune::internal {

// The copied planes of a band stay in a second-level cache, where all source channels are copied.
inline constexpr std::int64_t weight_copy_bytes = 131072;

// Images are cut into blocks that have sums of their own, so many elements: as many chunks as
// threads may share, within a memory.
inline std::int64_t most_blocks(std::int64_t chunks_of_block, std::int64_t elements) {
  constexpr std::int64_t most_chunks = 16, partial_elements = std::int64_t{1} << 22;
  return std::min(up(most_chunks, chunks_of_block),
                  std::max<std::int64_t>(1, partial_elements / elements));
}

// dweight as in conv_backward_weight. False, and nothing is done, for others, and where padded
// copies would be large beside the work.
template <class T>
bool correlate_weights_by_results(const ConvShape& s, const ConvAxis& rows, const ConvAxis& columns,
                                  const T* g, const T* x, T* dweight);

}  // namespace attune::internal
