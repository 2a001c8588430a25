// What operations that take a tensor of indices check.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

// The indices as contiguous i64, all within [0, size). Error (dtype, index) naming `operation` and,
// of the first index outside, position, value and `what` has `size` entries.
Tensor checked_indices(const char* operation, const Tensor& index, std::int64_t size,
                       const char* what);

}  // namespace attune::internal
