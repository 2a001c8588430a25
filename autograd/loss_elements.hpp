// What a loss that works element by element is made of, and how it runs.
#pragma once

#include "autograd/loss.hpp"
#include "core/elementwise.hpp"

namespace attune::internal {

inline constexpr std::int64_t loss_tile = 1024;  // elements, at most, of one call of a LossTile

// f(x, z) or a derivative of it for n elements; `out` is no operand.
template <class T>
using LossTile = void (*)(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T p, T* out);
// The same in attune operations, of every order.
using LossFormula = Tensor (*)(const Tensor& x, const Tensor& z, double p);

struct LossTiles {
  LossTile<float> of_float;
  LossTile<double> of_double;
  template <class T>
  LossTile<T> of() const {
    if constexpr (sizeof(T) == sizeof(float))
      return of_float;
    else
      return of_double;
  }
};

struct Loss {
  const char* name;
  const char* parameter;               // what p is, null where it is nothing
  LossTiles fused_value, fused_slope;  // the slope by x
  LossFormula value, slope, target_slope;
};

// Error (shape) unless both have one shape.
void check_operands(const char* name, const Tensor& x, const Tensor& target);
// The loss of x and target, recorded. It is to have static storage.
Tensor elementwise_loss(const Loss& loss, const Tensor& x, const Tensor& target, double p,
                        Reduction reduction);

}  // namespace attune::internal
