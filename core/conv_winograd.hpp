// Sums over 3 x 3 neighbouring taps by tiles of 2 x 2 results, with 16 multiplications for 36.
#pragma once

#include "core/conv.hpp"
#include "core/conv_correlate.hpp"

namespace attune::internal {

// False where it is not the faster way, or will not do: the result is then still to be computed.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c);

// The derivative by the weight, likewise.
template <class T>
bool weights_by_tiles(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
