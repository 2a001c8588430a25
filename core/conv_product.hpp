// Correlation by one tap over rows that are one: a matrix product of weights and planes.
#pragma once

#include "core/conv_correlate.hpp"

namespace attune::internal {

// False, and nothing is done, for others.
template <class T>
bool correlate_product(const Correlation<T>& c);

}  // namespace attune::internal
