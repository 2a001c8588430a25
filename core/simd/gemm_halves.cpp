// Products of few columns and inner products on AVX-512: batches of half its width, all its
// registers.
#if defined(__AVX512BW__)
#define ATTUNE_HALF_BATCHES
#include "core/simd/gemm.hpp"
#else
#include "core/kernels.hpp"
#include "core/simd/unit.hpp"
#endif

namespace attune::internal {

#if defined(__AVX512BW__)
void multiply_in_halves(const Gemm<float>& p) { gemm(p); }
void multiply_in_halves(const Gemm<double>& p) { gemm(p); }
void multiply_small_in_halves(const Gemm<float>& p) { multiply_small(p); }
void multiply_small_in_halves(const Gemm<double>& p) { multiply_small(p); }
#endif

void ATTUNE_UNIT_FUNCTION([[maybe_unused]] Kernels& table) {}

}  // namespace attune::internal
