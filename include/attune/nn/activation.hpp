// The nonlinearities as layers, for Sequential; elsewhere call the function. Formulas:
// <attune/ops/activation.hpp>.
//
// Layer: nn.
#pragma once

#include <attune/ops/activation.hpp>
#include <attune/ops/unary.hpp>

namespace attune::nn {

struct ReLU {
  Tensor operator()(const Tensor& x) const { return relu(x); }
};
struct ReLU6 {
  Tensor operator()(const Tensor& x) const { return relu6(x); }
};
struct LeakyReLU {
  double slope = 0.01;
  Tensor operator()(const Tensor& x) const { return leaky_relu(x, slope); }
};
struct ELU {
  double alpha = 1;
  Tensor operator()(const Tensor& x) const { return elu(x, alpha); }
};
struct SELU {
  Tensor operator()(const Tensor& x) const { return selu(x); }
};
struct GELU {
  Gelu form = Gelu::exact;
  Tensor operator()(const Tensor& x) const { return gelu(x, form); }
};
struct SiLU {
  Tensor operator()(const Tensor& x) const { return silu(x); }
};
struct Mish {
  Tensor operator()(const Tensor& x) const { return mish(x); }
};
struct Softplus {
  SoftplusOptions options = {};
  Tensor operator()(const Tensor& x) const { return softplus(x, options); }
};
struct Tanh {
  Tensor operator()(const Tensor& x) const { return tanh(x); }
};
struct Sigmoid {
  Tensor operator()(const Tensor& x) const { return sigmoid(x); }
};
struct Hardswish {
  Tensor operator()(const Tensor& x) const { return hardswish(x); }
};
struct Hardsigmoid {
  Tensor operator()(const Tensor& x) const { return hardsigmoid(x); }
};
struct LogSigmoid {
  Tensor operator()(const Tensor& x) const { return log_sigmoid(x); }
};
struct Softsign {
  Tensor operator()(const Tensor& x) const { return softsign(x); }
};
struct Hardtanh {
  double low = -1, high = 1;
  Tensor operator()(const Tensor& x) const { return hardtanh(x, {low, high}); }
};
struct GLU {
  std::int64_t axis = -1;
  Tensor operator()(const Tensor& x) const { return glu(x, axis); }
};
struct Softmax {
  std::int64_t axis = -1;
  Tensor operator()(const Tensor& x) const { return softmax(x, axis); }
};
struct LogSoftmax {
  std::int64_t axis = -1;
  Tensor operator()(const Tensor& x) const { return log_softmax(x, axis); }
};

}  // namespace attune::nn
