// The errors of attention.
#include "autograd/attention_checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

namespace attune::internal {
namespace {

Shape batch_of(const Tensor& x) {
  return Shape(std::span<const std::int64_t>(x.shape().begin(), x.shape().end() - 2));
}

}  // namespace

Shape with_batch(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  Shape shape = batch;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

AttentionShape checked_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                 const AttentionOptions& options, DType& dtype) {
  dtype = promote(promote(operand(attention_name, q).dtype, operand(attention_name, k).dtype),
                  operand(attention_name, v).dtype);
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, attention_name, "q, k and v of {}, {} and {}: convert one with to(f32)",
         q.dtype(), k.dtype(), v.dtype());
  }
  if (q.dim() < 2 || k.dim() < 2 || v.dim() < 2) {
    fail(ErrorKind::shape, attention_name,
         "q, k and v of shapes {}, {} and {}: each must be [..., rows, columns]", q.shape(),
         k.shape(), v.shape());
  }
  if (q.size(-1) != k.size(-1)) {
    fail(ErrorKind::shape, attention_name,
         "q of shape {} and k of shape {}: their last sizes must be equal", q.shape(), k.shape());
  }
  if (k.size(-2) != v.size(-2)) {
    fail(ErrorKind::shape, attention_name,
         "k of shape {} and v of shape {}: they must have as many rows, a value for each key",
         k.shape(), v.shape());
  }
  if (!(options.dropout >= 0 && options.dropout <= 1)) {
    fail(ErrorKind::value, attention_name, "dropout is {}: a probability lies in [0, 1]",
         options.dropout);
  }
  const double scale = options.scale.value_or(
      1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(q.size(-1), 1))));
  if (!std::isfinite(scale))
    fail(ErrorKind::value, attention_name, "scale is {}: it must be finite", scale);
  if (dtype == f32 && std::abs(scale) > std::numeric_limits<float>::max()) {
    fail(ErrorKind::value, attention_name,
         "scale is {}, which f32 does not hold: convert q with to(f64)", scale);
  }
  AttentionShape shape{.batch = {},
                       .queries = q.size(-2),
                       .keys = k.size(-2),
                       .width = q.size(-1),
                       .value_width = v.size(-1),
                       .scale = scale,
                       .causal = options.causal,
                       .dropout = current_mode.training ? options.dropout : 0,
                       .draw = {}};
  try {
    shape.batch = broadcast_shapes(
        attention_name, broadcast_shapes(attention_name, batch_of(q), batch_of(k)), batch_of(v));
  } catch (const Error&) {
    fail(ErrorKind::shape, attention_name,
         "q, k and v of shapes {}, {} and {}: the axes in front of the last two do not broadcast: "
         "they must be equal, or 1",
         q.shape(), k.shape(), v.shape());
  }
  if (!options.mask.defined()) return shape;
  const Tensor& mask = options.mask;
  if (operand(attention_name, mask).dtype != boolean && !is_floating(mask.dtype())) {
    fail(ErrorKind::dtype, attention_name,
         "the mask is {}: it must be bool, true where a key is seen, or floating, to be added",
         mask.dtype());
  }
  const Shape scores = with_batch(shape.batch, shape.queries, shape.keys);
  bool fits = mask.dim() <= scores.rank();
  for (int i = 1; fits && i <= mask.dim(); ++i)
    fits = mask.size(-i) == 1 || mask.size(-i) == scores[scores.rank() - i];
  if (!fits) {
    fail(ErrorKind::shape, attention_name,
         "a mask of shape {} does not broadcast to the scores' shape {}", mask.shape(), scores);
  }
  return shape;
}

}  // namespace attune::internal
