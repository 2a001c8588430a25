// Attention with learned projections, as a layer: multi_head_attention of
// <attune/ops/attention.hpp>.
//
// Layer: nn.
#pragma once

#include <attune/nn/linear.hpp>
#include <attune/ops/attention.hpp>

namespace attune::nn {

// A projection of MultiheadAttention. Error (value) unless heads divides `size`.
ATTUNE_API Linear attention_projection(std::int64_t in, std::int64_t size, std::int64_t heads,
                                       bool bias);

// Queries, keys and values are projected to `size` numbers, cut into `heads` parts that attend each
// for itself, and joined by a last projection. Vaswani et al. 2017, arXiv:1706.03762. The weights
// of PyTorch's in_proj_weight are query.weight, key.weight and value.weight below each other.
//   nn::MultiheadAttention{.size = 128, .heads = 4, .causal = true}
struct ATTUNE_API MultiheadAttention {
  std::int64_t size = 0, heads = 1;
  std::int64_t key_size = size, value_size = size;  // of what keys and values are made from
  bool causal = false;
  double dropout = 0;  // of weights, in training
  bool bias = true;    // of the projections
  Linear query = attention_projection(size, size, heads, bias);
  Linear key = attention_projection(key_size, size, heads, bias);
  Linear value = attention_projection(value_size, size, heads, bias);
  Linear out = attention_projection(size, size, heads, bias);

  // Self-attention: x [..., length, size] -> the same shape. The mask is that of AttentionOptions
  // and broadcasts to [..., heads, queries, keys]; for keys that are padding in a batch, true where
  // they are not: [n, 1, 1, keys].
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const {
    return (*this)(x, x, x, mask);
  }
  // x [..., queries, size] looks at keys [..., keys, key_size] and their values [..., keys,
  // value_size] -> [..., queries, size].
  Tensor operator()(const Tensor& x, const Tensor& keys, const Tensor& values,
                    const Tensor& mask = {}) const;
};

}  // namespace attune::nn
