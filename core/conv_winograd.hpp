// Sums over 3 x 3 neighbouring taps by tiles, with 16 multiplications for 36 (with strides of 2,
// 25).
#pragma once

#include "core/conv.hpp"
#include "core/conv_correlate.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

// False where it is not the faster way, or will not do: the result is then still to be computed.
template <class T>
bool correlate_by_tiles(const Correlation<T>& c);

// The derivative by the input of strides of 2, likewise. Images that are `spoilt` have a result
// that is not finite, and are to be computed again.
template <class T>
bool backward_input_by_tiles(const ConvShape& s, const T* g, const T* weight, T* dx,
                             PooledList<char>& spoilt);

// The derivative by the weight, likewise.
template <class T>
bool weights_by_tiles(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
