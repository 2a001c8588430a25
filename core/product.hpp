// The product of matrices in memory, by the kernels or, under ATTUNE_KERNELS=xtensor, by the
// general case. No Tensor, no shape rules.
#pragma once

#include "core/elementwise.hpp"
#include "core/kernels.hpp"

namespace attune::internal {

namespace general {

// One xtensor expression for each row of C and index of k; serial. REQUIRES: strides that are not
// negative.
void product(const Gemm<float>& p);
void product(const Gemm<double>& p);

}  // namespace general

template <class T>
void product(const Gemm<T>& p) {
  using Function = void (*)(const Gemm<T>&);
  static const Function function =
      own_kernels() ? kernels().of<T>().gemm : static_cast<Function>(general::product);
  function(p);
}

}  // namespace attune::internal
