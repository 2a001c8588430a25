// The derivative of a convolution by its weight, by the kernels of the instruction set.
#pragma once

#include "core/conv.hpp"

namespace attune::internal {

// Whether source channels are enough to fill lanes with.
template <class T>
bool fits_weights(const ConvShape& s);

// REQUIRES: images and results.
template <class T>
void weights_by_channels(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
