// Many elements to one, along some axes or all. A reduced axis disappears, or keeps size 1 with
// `keepdim`. `axes` is one axis, a list `{0, -1}`, or nothing, which means all; negative ones count
// from the last. Errors of all: index for an axis that x does not have, value for one named twice;
// and, where nothing is left to choose from or to average, shape naming the empty axis. Trees of
// operations are fixed by the shape: the same bits at any number of threads. Derivatives, where one
// is named: every order.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// --- sums and products --------------------------------------------------------------------------

// The sum of the elements, pairwise over blocks of some thousand: from there on the rounding error
// grows with the logarithm of the count. bool, u8 and i32 are summed in i64. The sum of nothing is
// 0.
ATTUNE_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// The sum divided by the count; integers give f32, and i64 are added in f64. Error (shape) of
// nothing.
ATTUNE_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// The product of the elements. bool, u8 and i32 are multiplied in i64. The product of nothing is 1.
// The derivative multiplies the other elements and divides by none, so that it is right where some
// are 0.
ATTUNE_API Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// Sums x over the axes along which `shape` broadcasts to x's shape: the reverse of broadcasting; x
// itself when there are none. Error (shape) when it does not broadcast.
ATTUNE_API Tensor sum_to(const Tensor& x, const Shape& shape);

// --- questions: no derivative -------------------------------------------------------------------

// bool: whether some element differs from 0 (NaN does). Of nothing: false.
ATTUNE_API Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// bool: whether every element differs from 0. Of nothing: true.
ATTUNE_API Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// i64: how many elements differ from 0.
ATTUNE_API Tensor count_nonzero(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// --- extrema and order; a NaN wins over every number --------------------------------------------

// The largest element; equal ones share the derivative evenly. Error (shape) of nothing.
ATTUNE_API Tensor amax(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// The smallest element; the rest as amax.
ATTUNE_API Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
// Elements chosen along one axis and their positions (i64) there.
struct ValuesAndIndices {
  Tensor values, indices;
};
// The largest entries along an axis and where they stand; without an axis amax(x). Of equal ones
// the first is chosen, and it alone has the derivative. Error (shape) of nothing.
ATTUNE_API ValuesAndIndices max(const Tensor& x, std::int64_t axis, bool keepdim = false);
ATTUNE_API Tensor max(const Tensor& x);
// The smallest entries along an axis and where they stand; without an axis amin(x). The rest as
// max.
ATTUNE_API ValuesAndIndices min(const Tensor& x, std::int64_t axis, bool keepdim = false);
ATTUNE_API Tensor min(const Tensor& x);
// i64: the position of the first largest entry along an axis, or in the row-major sequence of all
// elements. No derivative. Error (shape) of nothing.
ATTUNE_API Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim = false);
ATTUNE_API Tensor argmax(const Tensor& x);
// i64: the position of the first smallest entry; the rest as argmax.
ATTUNE_API Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim = false);
ATTUNE_API Tensor argmin(const Tensor& x);
// The middle of the sorted entries; of an even number the lower one of the two, so that it is an
// element. The chosen one alone has the derivative. O(n). Error (shape) of nothing.
ATTUNE_API ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim = false);
ATTUNE_API Tensor median(const Tensor& x);

// --- statistics: integers give f32 --------------------------------------------------------------

// The variance sum((x - mean)^2) / (count - correction), about a mean of more digits than the type
// has where x lies far from 0; of integers in f64, given as f32. Correction 1 is the unbiased
// estimate from a sample, 0 the variance of the entries themselves. Nothing is scaled: a sum of
// squares beyond the type's range is inf. Error (value) unless count > correction.
ATTUNE_API Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false,
                      double correction = 1);
// The standard deviation sqrt(var). Where it is 0 the derivative is taken to be 0. Call it as
// attune::std: the bare name is ambiguous under `using namespace attune`.
ATTUNE_API Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdim = false,
                      double correction = 1);
struct VarianceAndMean {
  Tensor var, mean;
};
// var and mean at the price of var.
ATTUNE_API VarianceAndMean var_mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false,
                                    double correction = 1);
// The p-norm sum(|x|^p)^(1/p). Infinity: the largest |x|, minus infinity: the smallest, 0: how many
// differ from 0 (no derivative). Where it is 0 the derivative is taken to be 0. Error (value) for a
// NaN p. As in PyTorch nothing is scaled: for p = 2 elements of f32 above 1.8e19 in size give inf,
// and those below 1e-23 count as 0.
ATTUNE_API Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdim = false);
// log(sum(exp(x))) without overflow: infinite elements give the limits. Of nothing: -inf.
// The derivative is softmax(x): where the result is -inf, 0; at an element that is inf, NaN.
ATTUNE_API Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

}  // namespace attune
