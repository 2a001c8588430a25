// Other ways to see the same elements. The result shares the storage of x, unless the comment says
// otherwise. Negative axes count from the last.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// The same elements in row-major order in another shape; one size may be -1 and is computed. A view when
// the strides allow it, else a copy. Error (shape) when the number of elements differs.
ATTUNE_API Tensor reshape(const Tensor& x, const Shape& shape);
// Two axes exchanged.
ATTUNE_API Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1);
// transpose(x, 0, 1) of a matrix. Error (shape) for more than two axes.
ATTUNE_API Tensor t(const Tensor& x);
// A new axis of size 1 in front of `axis`; -1 puts it last.
ATTUNE_API Tensor unsqueeze(const Tensor& x, std::int64_t axis);
// Broadcast to a wider shape with stride 0: elements share memory, so the result cannot be written.
ATTUNE_API Tensor expand(const Tensor& x, const Shape& shape);
// Entries [start, end) along an axis, every step-th. Negative start and end count from the end, and both
// are clamped to the axis, as in Python. Error (value) unless step >= 1.
ATTUNE_API Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end,
                        std::int64_t step = 1);
// Entries [start, start + length) along an axis. Error (index) unless all exist.
ATTUNE_API Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start,
                         std::int64_t length);
// One entry along an axis, which disappears. Error (index).
ATTUNE_API Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);

}  // namespace attune
