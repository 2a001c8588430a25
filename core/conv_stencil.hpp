// Correlation of groups that consist of a plane each, by a small square.
#pragma once

#include "core/conv_correlate.hpp"

namespace attune::internal {

template <class T>
bool is_stencil(const Correlation<T>& c);

// REQUIRES: is_stencil(c).
template <class T>
void correlate_stencil(const Correlation<T>& c);

}  // namespace attune::internal
