// Correlation of groups that consist of a plane each, by a small square.
#pragma once

#include "core/conv_correlate.hpp"

namespace attune::internal {

// False, and nothing is done, for others.
template <class T>
bool correlate_stencil(const Correlation<T>& c);

}  // namespace attune::internal
