// Sums over 3 x 3 neighbouring taps by tiles of 2 x 2 results, with 16 multiplications for 36.
#pragma once

#include "core/conv_correlate.hpp"

namespace attune::internal {

// False, and nothing is done, where it is not the faster way.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c);

}  // namespace attune::internal
