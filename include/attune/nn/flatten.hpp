// Axes into one, as a layer: between convolutions and Linear.
//
// Layer: nn.
#pragma once

#include <attune/ops/views.hpp>

namespace attune::nn {

// Axes first..last become one; by default all but the first, the samples.
struct Flatten {
  std::int64_t first = 1, last = -1;
  Tensor operator()(const Tensor& x) const { return flatten(x, first, last); }
};

}  // namespace attune::nn
