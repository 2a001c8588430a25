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

// sum += a x b; sum is contiguous and floating.
void add_matrix_product(const Tensor& a, const Tensor& b, Tensor& sum);

// [batch..., m, k] x [batch..., k, n], broadcast to one batch shape already, with at least one axis
// of it.
Tensor batched_product(const char* operation, const Tensor& a, const Tensor& b, DType dtype);

}  // namespace attune::internal
