// Layers that multiply by a learned matrix, and the table of learned rows.
// Layer: nn.
#pragma once

#include <attune/ops/matmul.hpp>
#include <attune/param.hpp>

namespace attune::nn {

// x weight^T + bias: x [..., in] -> [..., out]. Without a bias: `Linear{.in = 3, .out = 4, .bias = {}}`.
struct Linear {
  std::int64_t in = 0, out = 0;
  Param weight = Param::weight({out, in});
  Param bias = Param::bias({out});
  Tensor operator()(const Tensor& x) const { return affine(x, weight, bias); }
};

}  // namespace attune::nn
