// Heads are views: an axis of the projected numbers is cut in two, and the heads step in front of
// the rows.
#include "attune/nn/attention.hpp"

#include "attune/ops/views.hpp"
#include "core/fail.hpp"

namespace attune::nn {
namespace {

// [..., rows, size] -> [..., heads, rows, size / heads].
Tensor in_heads(const Tensor& x, std::int64_t heads) {
  return transpose(unflatten(x, -1, {heads, x.size(-1) / heads}), -3, -2);
}

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
  const Tensor y = scaled_dot_product_attention(
      in_heads(query(x), heads), in_heads(key(keys), heads), in_heads(value(values), heads),
      {.mask = mask, .causal = causal, .dropout = dropout});
  return out(flatten(transpose(y, -3, -2), -2, -1));
}

}  // namespace attune::nn
