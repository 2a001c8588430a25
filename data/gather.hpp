// Samples of one array picked into a fresh tensor: the copying that every batch pays for.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <span>

namespace attune::data::internal {

// The entries of `values` (contiguous, at least one axis) at `indices`, which are in range.
Tensor gather_rows(const Tensor& values, std::span<const std::int64_t> indices);

// The same of u8 values as f32, multiplied by 1/255; without indices, all entries.
Tensor gather_scaled(const Tensor& values, std::span<const std::int64_t> indices);
Tensor scale_all(const Tensor& values);

}  // namespace attune::data::internal
