// The weight gradient of a convolution whose results fill lanes and whose source channels do not.
#pragma once

#include "core/conv.hpp"
#include "core/conv_axis.hpp"

namespace attune::internal {

// dweight as in conv_backward_weight. False, and nothing is done, for others, and where padded
// copies would be large beside the work.
template <class T>
bool correlate_weights_by_results(const ConvShape& s, const ConvAxis& rows, const ConvAxis& columns,
                                  const T* g, const T* x, T* dweight);

}  // namespace attune::internal
