// Layers that multiply by a learned matrix, and the table of learned rows.
//
// Layer: nn.
#pragma once

#include <attune/ops/embedding.hpp>
#include <attune/ops/matmul.hpp>
#include <attune/param.hpp>
#include <optional>

namespace attune::nn {

// x weight^T + bias: x [..., in] -> [..., out].
// Without a bias: `Linear{.in = 3, .out = 4, .bias = {}}`.
struct Linear {
  std::int64_t in = 0, out = 0;
  Param weight = Param::weight({out, in});
  Param bias = Param::bias({out});
  Tensor operator()(const Tensor& x) const { return affine(x, weight, bias); }
};

// For each index in [0, entries) its row: i64, i32 or u8 indices [...] -> [..., size]. No
// derivative reaches the row `padding`.
struct Embedding {
  std::int64_t entries = 0, size = 0;
  std::optional<std::int64_t> padding = {};
  Param weight = Param::embedding({entries, size});
  Tensor operator()(const Tensor& indices) const { return embedding(indices, weight, padding); }
};

}  // namespace attune::nn
