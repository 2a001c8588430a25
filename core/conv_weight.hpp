// The derivative of a convolution by its weight, by the kernels of the instruction set.
#pragma once

#include "core/conv.hpp"

namespace attune::internal {

// Whether a copy of the padded source is small beside the work.
template <class T>
bool fits_weights(const ConvShape& s);

// REQUIRES: images and results.
template <class T>
void correlate_weights(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
