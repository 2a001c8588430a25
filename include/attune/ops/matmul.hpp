// Products of matrices and vectors. Operands may have any strides and are not copied; their types
// must be f32 or f64 after promotion: Error (dtype) otherwise. Errors of all: shape, naming both
// shapes and the sizes that differ. Derivatives: every order. The same bits at any number of
// threads.
//
// Error: a sum of k products, with what is added to it, of numbers drawn evenly between -1 and 1
// (others scale it) is off by at most
//   16 * sqrt(k + 4) * 2^-24 for f32,  16 * sqrt(k + 4) * 2^-53 for f64.
// This the tests hold on every instruction set for k up to 1100, of inner products up to 121. It is
// no theorem: roundings cancel as the numbers do, and inner products of 300 terms, which are few
// long chains, are now and then beyond it.
// outer rounds once; vecdot is sum(mul(a, b)).
//
// Layer: autograd.
#pragma once

#include <attune/ops/binary.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/tensor.hpp>

namespace attune {

// [m, k] x [k, n] -> [m, n].
ATTUNE_API Tensor mm(const Tensor& a, const Tensor& b);
// [..., m, k] x [..., k, n] -> [..., m, n]: the axes before the last two broadcast. A vector counts
// as a row on the left and as a column on the right, and that axis disappears:
//   [k] x [k] -> [],  [m, k] x [k] -> [m],  [k] x [..., k, n] -> [..., n].
ATTUNE_API Tensor matmul(const Tensor& a, const Tensor& b);
// One product for each entry along the first axis, without broadcasting: [s, m, k] x [s, k, n] ->
// [s, m, n].
ATTUNE_API Tensor bmm(const Tensor& a, const Tensor& b);
// [m, k] x [k] -> [m].
ATTUNE_API Tensor mv(const Tensor& matrix, const Tensor& vector);
// [k] x [k] -> [].
ATTUNE_API Tensor dot(const Tensor& a, const Tensor& b);
// The sums of the products of elements along one axis, by which both broadcast: dot of many pairs.
inline Tensor vecdot(const Tensor& a, const Tensor& b, int axis = -1) {
  return sum(mul(a, b), axis);
}
// [m] x [n] -> [m, n], of any type: every product of an element of a and one of b.
ATTUNE_API Tensor outer(const Tensor& a, const Tensor& b);

struct AddmmOptions {
  double beta = 1, alpha = 1;
};
// beta * c + alpha * (a x b): a [m, k], b [k, n], c of any shape that broadcasts to [m, n]. With
// beta = 0 the values of c do not matter, not even NaN.
ATTUNE_API Tensor addmm(const Tensor& c, const Tensor& a, const Tensor& b,
                        const AddmmOptions& options = {});

// x weight^T + bias: x [..., in], weight [out, in], bias [out] or undefined -> [..., out].
ATTUNE_API Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
// PyTorch's name of affine.
inline Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}) {
  return affine(x, weight, bias);
}

}  // namespace attune
