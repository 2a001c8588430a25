// The matrix product of f64.
#include "core/simd/gemm.hpp"

namespace attune::internal {

void ATTUNE_UNIT_FUNCTION(Kernels& table) { table.f64.gemm = gemm<double>; }

}  // namespace attune::internal
