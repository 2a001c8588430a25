// What attention refuses, and the sizes and options that remain.
#pragma once

#include "attune/ops/attention.hpp"
#include "core/attention.hpp"

namespace attune::internal {

inline constexpr const char* attention_name = "scaled_dot_product_attention";

// [batch..., rows, columns].
Shape with_batch(const Shape& batch, std::int64_t rows, std::int64_t columns);

// Without what is drawn; `dtype` becomes the type to compute in.
AttentionShape checked_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                 const AttentionOptions& options, DType& dtype);

}  // namespace attune::internal
