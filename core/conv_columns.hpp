// The convolution as a product of matrices: what an output pixel sees of its plane becomes a column
// (Chellapilla, Puri and Simard 2006). The general case, and the way where a few taps lie so far
// apart, or strides are so long, that padded copies of planes are mostly zeros, or the derivative
// by the input has too many phases.
#pragma once

#include "core/conv.hpp"

namespace attune::internal {

// As conv_forward and the others.
template <class T>
void columns_forward(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y);
template <class T>
void columns_backward_input(const ConvShape& s, const T* g, const T* weight, T* dx);
template <class T>
void columns_backward_weight(const ConvShape& s, const T* g, const T* x, T* dweight);

}  // namespace attune::internal
