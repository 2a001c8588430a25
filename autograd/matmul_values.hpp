// The values of products of tensors, outside the graph.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

// The type in which a product is computed. Error (dtype) unless it is floating.
DType product_type(const char* operation, const Tensor& a, const Tensor& b);

// Two matrices whose inner sizes are equal; `bias` is undefined or of shape [n], contiguous and of
// type `dtype`.
Tensor matrix_product(const char* operation, const Tensor& a, const Tensor& b, DType dtype,
                      const Tensor& bias = {});

// c = a x b or c += a x b; c is contiguous and floating, and shares no memory with a and b.
void multiply_into(const char* operation, const Tensor& c, const Tensor& a, const Tensor& b,
                   bool accumulate);

// [batch..., m, k] x [batch..., k, n], broadcast to one batch shape already, with at least one axis
// of it.
Tensor batched_product(const char* operation, const Tensor& a, const Tensor& b, DType dtype);

}  // namespace attune::internal
