// Rows of a table, looked up.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <optional>

namespace attune {

// For each index the row of weight [rows, width]: shape of indices followed by width. The row
// `padding_idx` (negative: from the end) is looked up like any other, but no derivative reaches it.
// Derivative by weight: every order, dense, added as by scatter_add. Errors: dtype unless indices
// are i64, i32 or u8; shape unless weight has two axes; index naming position, value and number of
// rows.
ATTUNE_API Tensor embedding(const Tensor& indices, const Tensor& weight,
                            std::optional<std::int64_t> padding_idx = std::nullopt);

}  // namespace attune
