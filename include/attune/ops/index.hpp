// Elements chosen by tensors of indices or masks: fresh row-major results. (Positions known
// beforehand make views: select, slice and narrow in <attune/ops/views.hpp>.) Index tensors are
// i64, i32 or u8: Error (dtype) otherwise. An index counts from the start: a negative one, or one
// past the end, is an Error (index) naming its position, its value and the size. Axes may be
// negative. Derivatives: every order in the values, none in indices and masks; sums run in the
// order of the indices, so that their bits do not depend on the number of threads.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// The entries index[0], index[1], ... along an axis; index has one axis, or none for one entry.
// Error (shape).
ATTUNE_API Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index);
// For each element of index, the element of x at the same place, but along `axis` where the index
// says: result[i, j] = x[index[i, j], j] for axis 0 of a matrix. Error (shape) unless index has the
// rank of x and is nowhere larger, save along `axis`.
ATTUNE_API Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);
// The reverse of gather: a copy of x, to which each element of source is added where the index
// says; those that meet in one place one after another, in their order, so that a place of a
// million f32 may be off by some hundred units in the last place. The part of a source that is
// larger than index is not used. Errors: shape as gather, and where source is smaller than index;
// dtype when x cannot hold source, or is bool.
ATTUNE_API Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index,
                              const Tensor& source);
// x where the mask is false, `value` where it is true; both broadcast. Errors: shape; dtype unless
// mask is bool, or when a floating number is given to integers; value for a number beyond the type.
ATTUNE_API Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value);
// A new last axis of `classes` numbers (i64), all 0 but a 1 where index says; without `classes`,
// one more than the largest index. Errors: index, value for an empty index without classes.
ATTUNE_API Tensor one_hot(const Tensor& index, std::int64_t classes = -1);

// --- the names of the array API -----------------------------------------------------------------

inline Tensor take(const Tensor& x, const Tensor& index, std::int64_t axis) {
  return index_select(x, axis, index);
}

}  // namespace attune
