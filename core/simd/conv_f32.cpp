// The convolution of f32.
#include "core/simd/conv.hpp"

namespace attune::internal {

void ATTUNE_UNIT_FUNCTION(Kernels& table) { table.f32.conv = &conv_kernels<float>; }

}  // namespace attune::internal
