// The derivative of a convolution by its weight, by the kernels of the instruction set.
#pragma once

#include "core/conv.hpp"

namespace attune::internal {

// False, and nothing is done, where copies of the padded source would be large beside the work.
// REQUIRES: images and results.
template <class T>
bool correlate_weights(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
