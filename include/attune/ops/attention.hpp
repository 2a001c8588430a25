// Attention: means of values, weighted by how well queries and keys agree.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <optional>

namespace attune {

struct AttentionOptions {
  // Broadcasts to [..., queries, keys]. bool: true where a query may see a key. f32 or f64: added
  // to the scaled products; -inf hides a key. A query that sees no key has the result 0, and so has
  // one all of whose scores are -inf because they overflow, as in PyTorch.
  Tensor mask = {};
  bool causal = false;  // query i sees keys 0..i only; besides the mask
  // Of the products; 1 / sqrt(width) when left out.
  std::optional<double> scale = {};
  // The probability with which a weight becomes 0 in training, else it is divided by 1 - dropout.
  double dropout = 0;
};

// softmax(scale * q k^T + mask) v over the last two axes: q [..., queries, width], k [..., keys,
// width], v [..., keys, value_width] -> [..., queries, value_width]; the axes in front, of batches
// and heads, broadcast. Vaswani et al. 2017, arXiv:1706.03762. The weights are computed in blocks,
// in the derivative again (Dao et al. 2022, arXiv:2205.14135): memory grows with queries + keys,
// not with their product, but for a derivative of second order or with respect to the mask. Inputs
// may have any strides; the result's memory is in the order of q's axes. Derivatives: every order,
// with respect to q, k, v and a floating mask. The same bits at any number of threads.
// Errors: shape; dtype unless the promoted type of q, k, v is floating and the mask is floating or
// bool; value for a dropout outside [0, 1] or a scale that is not finite, in f32 where q, k and v
// are; state for dropout on a thread without a random stream.
ATTUNE_API Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                               const AttentionOptions& options = {});

// weight [out, in], bias [out] or undefined: x -> x weight^T + bias, as `linear`.
struct Projection {
  Tensor weight, bias = {};
};

// Those of multi_head_attention: query and key to the same size, value to that of out's input; the
// two sizes are multiples of the number of heads.
struct AttentionProjections {
  Projection query, key, value, out;
};

// Attention in several heads: q [..., queries, q_width], k [..., keys, k_width] and v [..., keys,
// v_width] are projected, each result is cut into `heads` parts of its last axis, these attend each
// for itself by scaled_dot_product_attention, side by side they are projected by `out` -> [...,
// queries, out_width]. The mask broadcasts to [..., heads, queries, keys]; the scale is 1 /
// sqrt(width of a head) when left out. Vaswani et al. 2017, arXiv:1706.03762. PyTorch's
// in_proj_weight is the weights of query, key and value below each other. Derivatives: every order,
// with respect to q, k, v, all weights and biases, and a floating mask. Memory and bits as of
// scaled_dot_product_attention. Errors: value unless heads divides both sizes; shape, also for more
// than max_rank - 1 axes, as heads are one more; those of linear and of
// scaled_dot_product_attention.
ATTUNE_API Tensor multi_head_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                       const AttentionProjections& projections, std::int64_t heads,
                                       const AttentionOptions& options = {});

}  // namespace attune
