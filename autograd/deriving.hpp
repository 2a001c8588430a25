// What a derivative that runs in this thread may know of the pass that called it.
#pragma once

#include <attune/tensor.hpp>

#include "core/elementwise.hpp"

namespace attune::internal {

// The operation whose derivative runs: what a message about a saved tensor names.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local const char* deriving;

// The gradient that the pass needs no more after this derivative, or null.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local const Impl* last_use_of;

// Room for a derivative of the shape and type of g, element by element: over g itself where nobody
// else will look at it, else fresh. What is written may read g up to the element in hand.
Tensor room_for_derivative(const char* operation, const Tensor& g);

// kernel(g, y), y being the result of an operation.
Tensor derivative_by_result(const char* operation, GeneralBinary general, Binary kernel,
                            const Tensor& g, const Tensor& y);

}  // namespace attune::internal
