// The elementwise kernels of one operand, once per instruction set.
#include "core/kernels.hpp"
#include "core/simd/math_erf.hpp"
#include "core/simd/math_wide.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

template <class T>
void fill(KernelsOf<T>& table) {
#define ATTUNE_FILL(name)                                                                     \
  table.unary[static_cast<int>(Unary::name)] = [](std::int64_t n, const T* x, T* y) {         \
    map<T>(n, x, y, [](const Batch<T>& v) ATTUNE_INLINE_LAMBDA { return math::name<T>(v); }); \
  };
  ATTUNE_UNARY_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
