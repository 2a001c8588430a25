// Derivatives that are written over the gradient they come from.
#include "autograd/deriving.hpp"

#include "autograd/composed.hpp"
#include "core/impl.hpp"

namespace attune::internal {

constinit thread_local const char* deriving = "an operation";
constinit thread_local const Impl* last_use_of = nullptr;

Tensor room_for_derivative(const char* operation, const Tensor& g) {
  const Impl* const impl = g.impl();
  if (last_use_of == impl && sole_owner(g) && impl->contiguous && !current_mode.tracer) return g;
  return empty_tensor(operation, impl->shape, impl->dtype);
}

Tensor derivative_by_result(const char* operation, GeneralBinary general, Binary kernel,
                            const Tensor& g, const Tensor& y) {
  if (composed()) return zip(operation, general, kernel, g, y, y.dtype());
  Tensor dx = room_for_derivative(operation, g);
  zip_into(kernel, g, y, dx);
  return dx;
}

}  // namespace attune::internal
