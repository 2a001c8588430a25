// Scaled dot-product attention in memory, block by block: arrays with strides, no Tensor, no shape
// rules, no errors. The whole matrix of weights never exists: a block of it is computed where it is
// needed, in the value with the running maximum and sum of each row (Dao, Fu, Ermon, Rudra and Re
// 2022, arXiv:2205.14135), in the derivative again from the row's logarithm of the sum.
#pragma once

#include <attune/shape.hpp>
#include <cstdint>

#include "core/random.hpp"

namespace attune::internal {

// Matrices along the axes of a batch, which are in elements apart.
template <class T>
struct Stack {
  T* data = nullptr;
  Shape batch;  // strides
  std::int64_t row = 0, column = 1;
};

struct AttentionShape {
  Shape batch;
  std::int64_t queries, keys, width, value_width;
  double scale;
  bool causal;  // query i sees keys 0..i
  double dropout;
  Draw draw;  // of the weights that are dropped, numbered [batch..., queries, keys]
};

// At most one of the two is there; a query sees a key where `seen` is true, `added` is added to the
// scaled product.
template <class T>
struct AttentionMask {
  Stack<const bool> seen;
  Stack<const T> added;
};

// y, with columns of stride 1; `logs` [batch..., queries] gets log(sum of exp) of each row, +inf
// where a query sees no key. Its y is 0.
template <class T>
void attention_forward(const AttentionShape& shape, const Stack<const T>& q,
                       const Stack<const T>& k, const Stack<const T>& v,
                       const AttentionMask<T>& mask, const Stack<T>& y, T* logs);

// What the derivative with respect to y becomes: dq, dk, dv, each with columns of stride 1, and
// each left out where its data is null.
template <class T>
struct AttentionGradients {
  Stack<T> dq, dk, dv;
};

// In how many parts the keys are cut, which threads take one by one: by the shape alone. Each part
// has a dq of its own.
std::int64_t attention_parts(const AttentionShape& shape);

// g and y with columns of stride 1. `gradients.dq` is of the first part; of the next ones
// `dq_part` elements further.
template <class T>
void attention_backward(const AttentionShape& shape, const Stack<const T>& g,
                        const Stack<const T>& q, const Stack<const T>& k, const Stack<const T>& v,
                        const AttentionMask<T>& mask, const Stack<const T>& y, const T* logs,
                        const AttentionGradients<T>& gradients, std::int64_t dq_part);

// One number for each element of a dropped matrix: 0, or 1 / (1 - p).
template <class T>
void attention_dropout(const AttentionShape& shape, std::int64_t first, std::int64_t count, T* out);

}  // namespace attune::internal
