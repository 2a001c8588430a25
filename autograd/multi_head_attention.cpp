// Attention in several heads. Heads are views: an axis of the projected numbers is cut in two, and
// the heads step in front of the rows.
#include "attune/ops/attention.hpp"
#include "attune/ops/matmul.hpp"
#include "attune/ops/views.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {
namespace {

constexpr const char* operation = "multi_head_attention";

void check(const char* what, const Tensor& x, const Projection& projection, std::int64_t heads) {
  const Tensor& weight = projection.weight;
  internal::operand(operation, x);
  internal::operand(operation, weight);
  if (weight.dim() != 2)
    internal::fail(ErrorKind::shape, operation, "the weight of {} has shape {}: expected [out, in]",
                   what, weight.shape());
  if (heads < 1 || weight.size(0) % heads != 0)
    internal::fail(ErrorKind::value, operation,
                   "heads is {} and must divide the {} rows of the weight of {}", heads,
                   weight.size(0), what);
  if (x.dim() < 2 || x.size(-1) != weight.size(1))
    internal::fail(ErrorKind::shape, operation, "{} of shape {}: expected [..., length, {}]", what,
                   x.shape(), weight.size(1));
}

// [..., rows, size] -> [..., heads, rows, size / heads].
Tensor in_heads(const Tensor& x, const Projection& projection, std::int64_t heads) {
  const Tensor projected = affine(x, projection.weight, projection.bias);
  return transpose(unflatten(projected, -1, {heads, projected.size(-1) / heads}), -3, -2);
}

}  // namespace

Tensor multi_head_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                            const AttentionProjections& projections, std::int64_t heads,
                            const AttentionOptions& options) {
  const auto& [query, key, value, out] = projections;
  check("q", q, query, heads);
  check("k", k, key, heads);
  check("v", v, value, heads);
  internal::operand(operation, out.weight);
  const Tensor y = scaled_dot_product_attention(in_heads(q, query, heads), in_heads(k, key, heads),
                                                in_heads(v, value, heads), options);
  return affine(flatten(transpose(y, -3, -2), -2, -1), out.weight, out.bias);
}

}  // namespace attune
