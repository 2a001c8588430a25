// Tensors put together, repeated, turned and cut: fresh row-major copies, unless the comment says
// view. Any element type; tensors of several types promote. Negative axes count from the last; an
// axis that x does not have is an Error (index). Derivatives: every order.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <initializer_list>
#include <span>
#include <vector>

namespace attune {

// --- several tensors ----------------------------------------------------------------------------

// One after the other along an axis that all have; the other sizes are equal. Errors: value for no
// tensor, shape naming the first that does not fit.
ATTUNE_API Tensor cat(std::span<const Tensor> tensors, std::int64_t axis = 0);
// Along a new axis in front of `axis`; all shapes are equal. Errors as cat.
ATTUNE_API Tensor stack(std::span<const Tensor> tensors, std::int64_t axis = 0);
// cat along axis 1, of tensors with one axis along it; 0-d tensors count as [1].
ATTUNE_API Tensor hstack(std::span<const Tensor> tensors);
// cat along axis 0, where tensors with one axis are rows.
ATTUNE_API Tensor vstack(std::span<const Tensor> tensors);
// Each tensor expanded to the shape that all broadcast to: views. Error (shape).
ATTUNE_API std::vector<Tensor> broadcast_tensors(std::span<const Tensor> tensors);
// How the first two axes of a mesh grid stand: as matrix indices (i, j), or as points (x, y).
enum class Indexing { ij, xy };
// The coordinates of a grid, from those along each axis (0-d or one axis): views, one for each
// tensor, all of the shape [numel of the first, numel of the second, ...], for xy with the first
// two exchanged. Error (shape) for two or more axes.
ATTUNE_API std::vector<Tensor> meshgrid(std::span<const Tensor> tensors,
                                        Indexing indexing = Indexing::ij);

using Tensors = std::initializer_list<Tensor>;
inline Tensor cat(Tensors tensors, std::int64_t axis = 0) {
  return cat(std::span<const Tensor>(tensors.begin(), tensors.size()), axis);
}
inline Tensor stack(Tensors tensors, std::int64_t axis = 0) {
  return stack(std::span<const Tensor>(tensors.begin(), tensors.size()), axis);
}
inline Tensor hstack(Tensors tensors) {
  return hstack(std::span<const Tensor>(tensors.begin(), tensors.size()));
}
inline Tensor vstack(Tensors tensors) {
  return vstack(std::span<const Tensor>(tensors.begin(), tensors.size()));
}
inline std::vector<Tensor> broadcast_tensors(Tensors tensors) {
  return broadcast_tensors(std::span<const Tensor>(tensors.begin(), tensors.size()));
}
inline std::vector<Tensor> meshgrid(Tensors tensors, Indexing indexing = Indexing::ij) {
  return meshgrid(std::span<const Tensor>(tensors.begin(), tensors.size()), indexing);
}

// --- repetition ---------------------------------------------------------------------------------

// The whole tensor counts[i] times along axis i; missing leading axes count as size 1. Errors:
// shape when there are fewer counts than axes, value for a negative count.
ATTUNE_API Tensor repeat(const Tensor& x, const Shape& counts);
// NumPy's tile: repeat, where missing leading counts are 1.
ATTUNE_API Tensor tile(const Tensor& x, const Shape& counts);
// Each entry along an axis `count` times in a row; without an axis, each element, in one axis.
// Error (value) for a negative count.
ATTUNE_API Tensor repeat_interleave(const Tensor& x, std::int64_t count);
ATTUNE_API Tensor repeat_interleave(const Tensor& x, std::int64_t count, std::int64_t axis);
// Entry i along the axis counts[i] times; counts is an integer tensor of one axis. Errors: shape
// when it has another length than the axis, dtype, value for a negative count.
ATTUNE_API Tensor repeat_interleave(const Tensor& x, const Tensor& counts, std::int64_t axis);

// --- turns --------------------------------------------------------------------------------------

// The entries along the axes in reverse order; no axes named means all. Errors: index; value for an
// axis that is named twice.
ATTUNE_API Tensor flip(const Tensor& x, const Axes& axes = {});
// Entries moved by shifts[i] along axes[i]; those pushed over the end come back at the start. Error
// (value) when the lists differ in length.
ATTUNE_API Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes);
// The row-major sequence of all elements moved by `shift`.
ATTUNE_API Tensor roll(const Tensor& x, std::int64_t shift);
// x itself when it is contiguous, else a row-major copy.
ATTUNE_API Tensor contiguous(const Tensor& x);

// --- triangles and diagonals --------------------------------------------------------------------

// Matrices (the last two axes) with zeros above the diagonal that lies `offset` to the right of the
// main one. Error (shape) with fewer than two axes.
ATTUNE_API Tensor tril(const Tensor& x, std::int64_t offset = 0);
// Matrices with zeros below such a diagonal.
ATTUNE_API Tensor triu(const Tensor& x, std::int64_t offset = 0);
// Of a vector, the square matrix with it on a diagonal; of a matrix, a copy of that diagonal. Error
// (shape) for other ranks.
ATTUNE_API Tensor diag(const Tensor& x, std::int64_t offset = 0);

// --- the names of the array API -----------------------------------------------------------------

inline Tensor concatenate(std::span<const Tensor> tensors, std::int64_t axis = 0) {
  return cat(tensors, axis);
}
inline Tensor concatenate(Tensors tensors, std::int64_t axis = 0) { return cat(tensors, axis); }
// The array API's name of cat.
inline Tensor concat(std::span<const Tensor> tensors, std::int64_t axis = 0) {
  return cat(tensors, axis);
}
inline Tensor concat(Tensors tensors, std::int64_t axis = 0) { return cat(tensors, axis); }
inline std::vector<Tensor> broadcast_arrays(std::span<const Tensor> tensors) {
  return broadcast_tensors(tensors);
}
inline std::vector<Tensor> broadcast_arrays(Tensors tensors) { return broadcast_tensors(tensors); }

}  // namespace attune
