// Random zeros in a training forward, as layers: <attune/ops/dropout.hpp>. In evaluation they pass
// x on.
//
// Layer: nn.
#pragma once

#include <attune/ops/dropout.hpp>

namespace attune::nn {

struct Dropout {
  double p = 0.5;  // of a zero
  Tensor operator()(const Tensor& x) const { return dropout(x, p); }
};
struct FeatureDropout {
  double p = 0.5;
  Tensor operator()(const Tensor& x) const { return feature_dropout(x, p); }
};

}  // namespace attune::nn
