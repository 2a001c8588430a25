// The convolution by tiles.
#include "core/simd/winograd.hpp"

namespace attune::internal {

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  table.f32.winograd = &winograd_kernels<float>;
  table.f64.winograd = &winograd_kernels<double>;
}

}  // namespace attune::internal
