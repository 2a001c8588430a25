// Other ways to see the same elements. The result shares the storage of x, unless the comment says
// otherwise: a write to one is seen by the other. Negative axes count from the last; an axis that x
// does not have is an Error (index) everywhere. Derivatives: every order; nothing but zeros flows
// back to elements that the view leaves out. Any element type. O(axes) except where a copy is
// named.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <optional>
#include <vector>

namespace attune {

// --- another shape ------------------------------------------------------------------------------

// The same elements in row-major order in another shape; one size may be -1 and is computed. A view
// when the strides allow it, else a copy. Error (shape) when the number of elements differs.
ATTUNE_API Tensor reshape(const Tensor& x, const Shape& shape);
// reshape that never copies: Error (shape) when the strides do not allow it.
ATTUNE_API Tensor view(const Tensor& x, const Shape& shape);
// Axes first..last become one; a 0-d tensor becomes one of shape [1]. Copies where reshape does.
// Error (value) when last stands in front of first.
ATTUNE_API Tensor flatten(const Tensor& x, std::int64_t first = 0, std::int64_t last = -1);
// One axis becomes several, whose sizes multiply to its own; one of them may be -1. Error (shape).
ATTUNE_API Tensor unflatten(const Tensor& x, std::int64_t axis, const Shape& sizes);
// A new axis of size 1 in front of `axis`; -1 puts it last.
ATTUNE_API Tensor unsqueeze(const Tensor& x, std::int64_t axis);
// Without the axes of size 1: of those named, or of all. A named axis of another size stays.
ATTUNE_API Tensor squeeze(const Tensor& x, const Axes& axes = {});

// --- another order of the axes ------------------------------------------------------------------

// Two axes exchanged.
ATTUNE_API Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1);
inline Tensor swapaxes(const Tensor& x, std::int64_t axis0, std::int64_t axis1) {
  return transpose(x, axis0, axis1);
}
// transpose(x, 0, 1) of a matrix; x itself with fewer axes. Error (shape) for more than two.
ATTUNE_API Tensor t(const Tensor& x);
// Axis i of the result is axis order[i] of x. Error (value) unless each axis is named once.
ATTUNE_API Tensor permute(const Tensor& x, const Axes& order);
// Axes `from` of x come to stand at `to`; the others keep their order. Error (value) when the lists
// differ in length or name an axis twice.
ATTUNE_API Tensor movedim(const Tensor& x, const Axes& from, const Axes& to);

// --- stretching: elements share memory, so the result cannot be written -------------------------

// Broadcast to a wider shape with stride 0; a size of -1 keeps that of x. Error (shape).
ATTUNE_API Tensor expand(const Tensor& x, const Shape& shape);
// NumPy's name of expand.
ATTUNE_API Tensor broadcast_to(const Tensor& x, const Shape& shape);
inline Tensor expand_as(const Tensor& x, const Tensor& other) { return expand(x, other.shape()); }

// --- parts --------------------------------------------------------------------------------------

// One entry along an axis, which disappears. A negative index counts from the end. Error (index).
ATTUNE_API Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);
// Entries [start, end) along an axis, every step-th. Negative start and end count from the end, and
// both are clamped to the axis, as in Python. Error (value) unless step >= 1.
ATTUNE_API Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end,
                        std::int64_t step = 1);
// Entries [start, start + length) along an axis; a negative start counts from the end. Error
// (index) unless all exist.
ATTUNE_API Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start,
                         std::int64_t length);
// The parts of at most `size` entries along an axis, the last one with what is left; an empty axis
// gives one empty part. Error (value) unless size >= 1.
ATTUNE_API std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis = 0);
// At most `chunks` parts of equal size, the last one smaller: split by the rounded up quotient.
// Error (value) unless chunks >= 1.
ATTUNE_API std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, std::int64_t axis = 0);
// Every entry along an axis.
ATTUNE_API std::vector<Tensor> unbind(const Tensor& x, std::int64_t axis = 0);
// The elements with equal indices along two axes, as a new last axis; `offset` > 0 shifts to the
// right of the main diagonal. Empty when the offset leaves the matrix. Error (value) when both axes
// are the same.
ATTUNE_API Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis0 = 0,
                           std::int64_t axis1 = 1);
// All windows of `size` consecutive entries along an axis, each `step` behind the one before: the
// axis counts windows, a new last axis their entries. Windows that overlap share memory. Errors:
// value unless size >= 0 and step >= 1, shape when the axis is shorter than size.
ATTUNE_API Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step);
// Any view of the storage: element [i, j, ...] lies at offset + i * strides[0] + j * strides[1] +
// ..., counted in elements from the start of the storage; without an offset, from x's first
// element. The derivative belongs to addresses: elements of x that share one divide it evenly.
// Errors: value when shape and strides differ in length or one is negative, index when an element
// would lie outside the storage.
ATTUNE_API Tensor as_strided(const Tensor& x, const Shape& shape, const Shape& strides,
                             std::optional<std::int64_t> offset = std::nullopt);

// --- outside the graph --------------------------------------------------------------------------

// x.detach(): the same elements, through which no derivative flows.
ATTUNE_API Tensor detach(const Tensor& x);

// --- the names of the array API -----------------------------------------------------------------

inline Tensor permute_dims(const Tensor& x, const Axes& order) { return permute(x, order); }
inline Tensor matrix_transpose(const Tensor& x) { return transpose(x, -2, -1); }
inline Tensor expand_dims(const Tensor& x, std::int64_t axis) { return unsqueeze(x, axis); }

}  // namespace attune
