// Attention in several heads. Heads are views: an axis of the projected numbers is cut in two, and
// the heads step in front of the rows.
#include "attune/inside.hpp"
#include "attune/ops/attention.hpp"
#include "attune/ops/matmul.hpp"
#include "attune/ops/views.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {
namespace {

constexpr const char* operation = "multi_head_attention";

void check_bias(const char* what, const Projection& projection) {
  const Shape expected{projection.weight.size(0)};
  if (projection.bias.defined() && projection.bias.shape() != expected)
    internal::fail(ErrorKind::shape, operation,
                   "the bias of {} has shape {} for a weight of shape {}: it must be {}", what,
                   projection.bias.shape(), projection.weight.shape(), expected);
}

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
  check_bias(what, projection);
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
  const internal::Inside called(operation);
  const auto& [query, key, value, out] = projections;
  check("q", q, query, heads);
  check("k", k, key, heads);
  check("v", v, value, heads);
  internal::operand(operation, out.weight);
  if (query.weight.size(0) != key.weight.size(0))
    internal::fail(ErrorKind::shape, operation,
                   "the weights of q and k have {} and {} rows: scores multiply their results, so "
                   "give both as many",
                   query.weight.size(0), key.weight.size(0));
  if (out.weight.dim() != 2 || out.weight.size(1) != value.weight.size(0))
    internal::fail(ErrorKind::shape, operation,
                   "the weight of the output has shape {}: expected [out, {}], the rows of the "
                   "weight of v",
                   out.weight.shape(), value.weight.size(0));
  check_bias("the output", out);
  if (k.size(-2) != v.size(-2))
    internal::fail(ErrorKind::shape, operation,
                   "k of shape {} and v of shape {}: every key needs a value, so give both the "
                   "same length",
                   k.shape(), v.shape());
  // In this order, in traces too: that of arguments is the compiler's.
  const Tensor queries = in_heads(q, query, heads);
  const Tensor keys = in_heads(k, key, heads);
  const Tensor values = in_heads(v, value, heads);
  const Tensor y = scaled_dot_product_attention(queries, keys, values, options);
  return affine(flatten(transpose(y, -3, -2), -2, -1), out.weight, out.bias);
}

}  // namespace attune
