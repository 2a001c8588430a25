// Values of parameters and buffers, changed behind the handle so that every handle on it sees them
// and the identity stays. None of this is recorded.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

// The tensor takes the elements, type and shape of `fresh`, a new tensor that nothing else sees.
void take_elements(const char* operation, const Tensor& tensor, Tensor fresh);
// The tensor is without values from now on; shape and type stay.
void drop_elements(const Tensor& tensor);
// Copies `values` into the tensor's memory, which is made first where there is none. The shapes are
// equal, or the tensor is without values.
void set_elements(const char* operation, const Tensor& tensor, const Tensor& values);
// A new tensor with a copy of the elements, or without values where `source` has none.
Tensor duplicate(const char* operation, const Tensor& source);

}  // namespace attune::internal
