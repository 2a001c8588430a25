// For test builds with ATTUNE_SABOTAGE: falsifies the derivatives of one operation by one of its
// inputs, so that scripts/sabotage.sh can see whether a test notices. In other builds it does
// nothing.
//
// The environment's ATTUNE_SABOTAGE names them as "mul:0", counting the inputs that require a
// gradient; with "list" nothing is falsified, and every derivative that is used is named on the
// standard error.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

#ifdef ATTUNE_SABOTAGE
Tensor sabotaged(Tensor derivative, const char* operation, std::ptrdiff_t input);
#else
inline Tensor sabotaged(Tensor derivative, const char*, std::ptrdiff_t) { return derivative; }
#endif

}  // namespace attune::internal
