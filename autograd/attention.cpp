// Attention: blocks of weights that are thrown away, and the same in attune operations, with the
// whole matrix, where a derivative is recorded.
#include "attune/ops/attention.hpp"

#include <algorithm>
#include <array>
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
#include "autograd/attention_checks.hpp"
#include "autograd/composed.hpp"
#include "autograd/found_together.hpp"
#include "core/attention.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::attention_name;
using internal::AttentionMask;
using internal::AttentionShape;
using internal::data;
using internal::Stack;
using internal::with_batch;

namespace {

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
  for (int i = 0; i < rank; ++i) {
    int at = i;
    for (; i + 1 < rank && at > 0 && like.strides()[order[at - 1]] < like.strides()[i]; --at)
      order[at] = order[at - 1];
    order[at] = i;
  }
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

// What the derivatives by q, k and v share: they come of one pass over the blocks.
struct Attended {
  AttentionShape shape;
  Saved q, k, v, mask;
  bool masked;
  bool wanted[3];  // by q, k, v
  Tensor logs = {};
  internal::FoundTogether<3> derivatives = {};

  Tensor given_mask() const { return masked ? Tensor(*mask) : Tensor(); }

  void find(const Tensor& g, const Tensor& y, std::array<Tensor, 3>& found) const;
  Tensor take(std::size_t which, const Tensor& g, const Tensor& y) {
    return derivatives.take(which, g, [&](std::array<Tensor, 3>& found) { find(g, y, found); });
  }
};

void Attended::find(const Tensor& g, const Tensor& y, std::array<Tensor, 3>& found) const {
  const internal::ValuesOf values(attention_name);
  const DType dtype = y.dtype();
  const auto converted = [&](const Tensor& x) { return x.dtype() == dtype ? x : x.to(dtype); };
  const Tensor from[] = {converted(q), converted(k), converted(v)};
  for (std::size_t i = 0; i < 3; ++i)
    if (wanted[i]) found[i] = ordered_like(from[i], from[i].shape(), dtype);
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
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q_given, const Tensor& k_given,
                                    const Tensor& v_given, const AttentionOptions& options) {
  const internal::Inside called(attention_name);
  DType dtype;
  AttentionShape shape = internal::checked_attention(q_given, k_given, v_given, options, dtype);
  if (shape.dropout > 0) shape.draw = internal::next_draw();
  const Tensor q = widened(q_given, shape.batch), k = widened(k_given, shape.batch);
  const Tensor v = widened(v_given, shape.batch);
  const Tensor& mask = options.mask;
  const auto state =
      internal::make_pooled(Attended{shape,
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
