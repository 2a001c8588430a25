// The matrix product, once per element type and instruction set: which way serves which shape.
#pragma once

#include "core/simd/gemm_blocks.hpp"
#include "core/simd/gemm_small.hpp"
#include "core/simd/gemm_vector.hpp"

namespace attune::internal {
namespace {

// So many rows by a matrix that is contiguous along k are as many products of it and a vector:
// transposing it costs more.
constexpr std::int64_t dot_rows_of_a = 4;

// C = [C] + bias: what is left of a product over no k.
template <class T>
void add_bias(const Gemm<T>& p) {
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      T& c = p.c[i * p.c_row + j];
      c = (p.accumulate ? c : T(0)) + (p.bias ? p.bias[j] : T(0));
    }
  }
}

template <class T>
void gemm(const Gemm<T>& p) {
  if (p.m <= 0 || p.n <= 0) return;
  if (p.k <= 0) return add_bias(p);
  const bool small = is_small(p), fills_lanes = p.k >= 2 * lanes<T>;
  if (p.n == 1 && p.a_col == 1 && (fills_lanes || !small))
    return dots<T>({p.m, p.k, p.a, p.a_row, p.b, p.c, p.c_row, p.bias, 0, p.accumulate}, p.b_row);
  if (p.b_row == 1 && (p.m == 1 ? fills_lanes || !small : p.m <= dot_rows_of_a && !small)) {
    for (std::int64_t i = 0; i < p.m; ++i)
      dots<T>({p.n, p.k, p.b, p.b_col, p.a + i * p.a_row, p.c + i * p.c_row, 1, p.bias, 1,
               p.accumulate},
              p.a_col);
    return;
  }
  if (small) return multiply_small(p);
  if (p.m == 1 && p.b_col == 1 && p.n > 2 * panel<T>) return row_product(p);
  if (p.n == 1 && p.a_row == 1 && p.c_row == 1 && !p.bias)  // as one row times a matrix
    return row_product<T>(
        {1, p.m, p.k, p.b, p.k, p.b_row, p.a, p.a_col, 1, p.c, p.m, nullptr, p.accumulate});
  multiply(p);
}

}  // namespace
}  // namespace attune::internal
