// The matrix product of f32.
#include "core/simd/gemm.hpp"

namespace attune::internal {

void ATTUNE_UNIT_FUNCTION(Kernels& table) { table.f32.gemm = gemm<float>; }

}  // namespace attune::internal
