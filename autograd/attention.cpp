// Attention: blocks of weights that are thrown away, and the same in attune operations, with the
// whole matrix, where a derivative is recorded.
#include "attune/ops/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/matmul.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "core/attention.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::AttentionMask;
using internal::AttentionShape;
using internal::data;
using internal::fail;
using internal::Stack;

namespace {

constexpr const char* attention_name = "scaled_dot_product_attention";

Shape batch_of(const Tensor& x) {
  return Shape(std::span<const std::int64_t>(x.shape().begin(), x.shape().end() - 2));
}

Shape with_batch(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  Shape shape = batch;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

Tensor widened(const Tensor& x, const Shape& batch) {
  const Shape shape = with_batch(batch, x.size(-2), x.size(-1));
  return x.shape() == shape ? x : expand(x, shape);
}

// --- the whole matrix, in attune operations

// The scores, and which rows of them are -inf throughout: no key is seen, or no score is so large
// that the type holds it.
struct Masked {
  Tensor scores, none;
};

Masked masked_scores(const AttentionShape& s, const Tensor& q, const Tensor& k,
                     const Tensor& mask) {
  constexpr double never = -std::numeric_limits<double>::infinity();
  Tensor scores = mul(matmul(q, transpose(k, -2, -1)), s.scale);
  Tensor hidden;
  if (mask.defined() && mask.dtype() == boolean) hidden = logical_not(mask);
  if (mask.defined() && !hidden.defined()) {
    hidden = eq(mask.detach(), never);
    scores = add(scores, masked_fill(mask, hidden, 0));
  }
  if (s.causal) {
    const Tensor after = lt(unsqueeze(arange(s.queries), 1), unsqueeze(arange(s.keys), 0));
    hidden = hidden.defined() ? logical_or(hidden, after) : after;
  }
  if (hidden.defined()) scores = masked_fill(scores, hidden, never);
  const Tensor none = all(eq(scores.detach(), never), -1, true);
  return {masked_fill(scores, none, 0), none};  // 0: softmax has no derivative where all is -inf
}

// The weights as they are multiplied with the values, and before some of them are dropped.
struct Weights {
  Tensor kept, all, factors;
};

Weights whole_weights(const AttentionShape& s, const Tensor& q, const Tensor& k,
                      const Tensor& mask) {
  const Masked masked = masked_scores(s, q, k, mask);
  Weights result;
  result.all = masked_fill(softmax(masked.scores, -1), masked.none, 0);
  result.kept = result.all;
  if (s.dropout == 0) return result;
  result.factors = internal::empty_tensor(attention_name, result.all.shape(), result.all.dtype());
  internal::visit_floating(result.all.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::attention_dropout<T>(s, 0, result.factors.numel(), data<T>(result.factors));
  });
  result.kept = mul(result.all, result.factors);
  return result;
}

// --- blocks

template <class T, class U = std::remove_const_t<T>>
Stack<T> stack_of(const Tensor& x) {
  if (!x.defined()) return {};
  const int rank = x.dim();
  return {data<U>(x),
          Shape(std::span<const std::int64_t>(x.strides().begin(), x.strides().end() - 2)),
          x.strides()[rank - 2], x.strides()[rank - 1]};
}

// Fresh elements of `shape`, in memory in the order of the axes of `like`, the last one innermost:
// what is seen through a transposition as heads is rows again behind another.
Tensor ordered_like(const Tensor& like, const Shape& shape, DType dtype) {
  const int rank = shape.rank();
  int order[max_rank];
  for (int i = 0; i < rank; ++i) order[i] = i;
  std::stable_sort(order, order + rank - 1, [&](int a, int b) {
    return like.strides()[a] > like.strides()[b] && like.shape()[a] > 1 && like.shape()[b] > 1;
  });
  const bool broadcast = std::ranges::find(like.strides(), 0) != like.strides().end();
  Shape in_memory;
  for (int i = 0; i < rank; ++i) in_memory.push_back(shape[broadcast ? i : order[i]]);
  const Tensor fresh = internal::empty_tensor(attention_name, in_memory, dtype);
  if (broadcast) return fresh;
  Shape strides = shape;
  for (int i = 0; i < rank; ++i) strides[order[i]] = fresh.strides()[i];
  return internal::view_of(fresh, shape, strides, 0);
}

// `x` in type `dtype` and with columns that lie side by side.
Tensor with_columns(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype && (x.size(-1) <= 1 || x.strides().back() == 1)) return x;
  return internal::contiguous_copy(attention_name, x, dtype);
}

template <class T>
AttentionMask<T> mask_of(const AttentionShape& s, const Tensor& mask) {
  if (!mask.defined()) return {};
  const Shape shape = with_batch(s.batch, s.queries, s.keys);
  const Tensor wide = internal::view_of(
      mask, shape, internal::broadcast_strides(mask.shape(), mask.strides(), shape), 0);
  AttentionMask<T> result;
  if (mask.dtype() == boolean)
    result.seen = stack_of<const bool>(wide);
  else
    result.added = stack_of<const T>(wide);
  return result;
}

// What the derivatives by q, k and v share: they come of one pass over the blocks, when the first
// of them is asked for.
struct Attended {
  AttentionShape shape;
  Saved q, k, v, mask;
  bool masked;
  bool wanted[3];  // by q, k, v
  Tensor logs = {};
  Tensor gradient = {}, found[3] = {};
  std::uint32_t version = 0;  // of the gradient, which may be a seed that was overwritten

  Tensor given_mask() const { return masked ? Tensor(*mask) : Tensor(); }

  void find(const Tensor& g, const Tensor& y);
  Tensor take(int which, const Tensor& g, const Tensor& y) {
    if (!found[which].defined() || gradient.impl() != g.impl() || version != g.version())
      find(g, y);
    Tensor result = std::move(found[which]);
    found[which] = {};
    if (!found[0].defined() && !found[1].defined() && !found[2].defined()) gradient = {};
    return result;
  }
};

void Attended::find(const Tensor& g, const Tensor& y) {
  const internal::ValuesOf values(attention_name);
  const DType dtype = y.dtype();
  const auto converted = [&](const Tensor& x) { return x.dtype() == dtype ? x : x.to(dtype); };
  const Tensor from[] = {converted(q), converted(k), converted(v)};
  for (int i = 0; i < 3; ++i)
    found[i] = wanted[i] ? ordered_like(from[i], from[i].shape(), dtype) : Tensor();
  const Tensor arriving = with_columns(g, dtype), result = with_columns(y, dtype);
  const std::int64_t parts = internal::attention_parts(shape);
  Tensor in_parts;
  if (found[0].defined() && parts > 1)
    in_parts = internal::empty_tensor(attention_name, {parts, from[0].numel()}, dtype);
  const Tensor given = given_mask();
  const Tensor added = given.defined() && given.dtype() != boolean ? converted(given) : given;
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::AttentionGradients<T> gradients{stack_of<T>(found[0]), stack_of<T>(found[1]),
                                              stack_of<T>(found[2])};
    if (in_parts.defined()) {
      const Shape& whole = from[0].shape();
      gradients.dq = stack_of<T>(internal::view_of(in_parts, whole, internal::row_major(whole), 0));
    }
    internal::attention_backward<T>(shape, stack_of<const T>(arriving), stack_of<const T>(from[0]),
                                    stack_of<const T>(from[1]), stack_of<const T>(from[2]),
                                    mask_of<T>(shape, added), stack_of<const T>(result),
                                    data<T>(logs), gradients, from[0].numel());
  });
  if (in_parts.defined()) found[0] = reshape(sum(in_parts, 0), from[0].shape());
  gradient = g;
  version = g.version();
}

AttentionShape checked(const Tensor& q, const Tensor& k, const Tensor& v,
                       const AttentionOptions& options, DType& dtype) {
  dtype = promote(promote(internal::operand(attention_name, q).dtype,
                          internal::operand(attention_name, k).dtype),
                  internal::operand(attention_name, v).dtype);
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
                       .dropout = internal::current_mode.training ? options.dropout : 0,
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
  if (internal::operand(attention_name, mask).dtype != boolean && !is_floating(mask.dtype())) {
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

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q_given, const Tensor& k_given,
                                    const Tensor& v_given, const AttentionOptions& options) {
  const internal::Inside called(attention_name);
  DType dtype;
  AttentionShape shape = checked(q_given, k_given, v_given, options, dtype);
  if (shape.dropout > 0) shape.draw = internal::next_draw();
  const Tensor q = widened(q_given, shape.batch), k = widened(k_given, shape.batch);
  const Tensor v = widened(v_given, shape.batch);
  const Tensor& mask = options.mask;
  const auto state = std::make_shared<Attended>(
      Attended{shape,
               Saved(q),
               Saved(k),
               Saved(v),
               Saved(mask.defined() ? mask : q),
               mask.defined(),
               {q.requires_grad(), k.requires_grad(), v.requires_grad()}});
  Tensor y;
  {
    const internal::ValuesOf values(attention_name);
    if (internal::own_kernels()) {
      const auto converted = [&](const Tensor& x) { return x.dtype() == dtype ? x : x.to(dtype); };
      const Tensor from[] = {converted(q), converted(k), converted(v)};
      const Tensor added = mask.defined() && mask.dtype() != boolean ? converted(mask) : mask;
      y = ordered_like(q, with_batch(shape.batch, shape.queries, shape.value_width), dtype);
      Shape rows = shape.batch;
      rows.push_back(shape.queries);
      state->logs = internal::empty_tensor(attention_name, rows, dtype);
      internal::visit_floating(dtype, [&](auto zero) {
        using T = decltype(zero);
        internal::attention_forward<T>(shape, stack_of<const T>(from[0]),
                                       stack_of<const T>(from[1]), stack_of<const T>(from[2]),
                                       mask_of<T>(shape, added), stack_of<T>(y),
                                       data<T>(state->logs));
      });
    } else {
      y = matmul(whole_weights(shape, q, k, mask).kept, v).to(dtype);
    }
  }
  // The derivative with respect to the scores, whole.
  const auto by_scores = [](const Attended& s, const Tensor& g) {
    const Weights weights = whole_weights(s.shape, s.q, s.k, s.given_mask());
    Tensor slope = matmul(g, transpose(s.v, -2, -1));
    if (weights.factors.defined()) slope = mul(slope, weights.factors);
    return mul(weights.all, sub(slope, sum(mul(slope, weights.all), -1, true)));
  };
  return record({attention_name,
                 {{"causal", shape.causal}, {"scale", shape.scale}, {"dropout", shape.dropout}}},
                std::move(y),
                wrt(q,
                    [state, by_scores](const Tensor& g, const Tensor& result) {
                      if (!internal::composed()) return state->take(0, g, result);
                      return mul(matmul(by_scores(*state, g), state->k), state->shape.scale);
                    }),
                wrt(k,
                    [state, by_scores](const Tensor& g, const Tensor& result) {
                      if (!internal::composed()) return state->take(1, g, result);
                      return mul(matmul(transpose(by_scores(*state, g), -2, -1), state->q),
                                 state->shape.scale);
                    }),
                wrt(v,
                    [state](const Tensor& g, const Tensor& result) {
                      if (!internal::composed()) return state->take(2, g, result);
                      const Weights weights =
                          whole_weights(state->shape, state->q, state->k, state->given_mask());
                      return matmul(transpose(weights.kept, -2, -1), g);
                    }),
                wrt(mask, [state, by_scores](const Tensor& g) { return by_scores(*state, g); }));
}

}  // namespace attune
