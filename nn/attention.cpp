// The layer checks its own sizes, so that errors name them; the operation does the rest.
#include "attune/nn/attention.hpp"

#include "core/fail.hpp"

namespace attune::nn {
namespace {

void check_heads(std::int64_t size, std::int64_t heads) {
  if (heads >= 1 && size % heads == 0) return;
  internal::fail(ErrorKind::value, "MultiheadAttention", "heads is {} and must divide the size {}",
                 heads, size);
}

}  // namespace

Linear attention_projection(std::int64_t in, std::int64_t size, std::int64_t heads, bool bias) {
  check_heads(size, heads);
  if (bias) return Linear{.in = in, .out = size};
  return Linear{.in = in, .out = size, .bias = {}};
}

Tensor MultiheadAttention::operator()(const Tensor& x, const Tensor& keys, const Tensor& values,
                                      const Tensor& mask) const {
  const auto check = [](const char* what, const Tensor& tensor, std::int64_t width) {
    if (tensor.dim() >= 2 && tensor.size(-1) == width) return;
    internal::fail(ErrorKind::shape, "MultiheadAttention",
                   "{} of shape {}: expected [..., length, {}]", what, tensor.shape(), width);
  };
  check_heads(size, heads);  // which may have been set since
  check("x", x, size);
  check("keys", keys, key_size);
  check("values", values, value_size);
  return multi_head_attention(x, keys, values,
                              {.query = {query.weight, query.bias},
                               .key = {key.weight, key.bias},
                               .value = {value.weight, value.bias},
                               .out = {out.weight, out.bias}},
                              heads, {.mask = mask, .causal = causal, .dropout = dropout});
}

}  // namespace attune::nn
