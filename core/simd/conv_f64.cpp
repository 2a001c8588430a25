// The convolution of f64.
#include "core/simd/conv.hpp"

namespace attune::internal {

void ATTUNE_UNIT_FUNCTION(Kernels& table) { table.f64.conv = &conv_kernels<double>; }

}  // namespace attune::internal
