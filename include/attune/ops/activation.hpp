// The nonlinearities of networks, element by element but for softmax, log_softmax and glu. Integer
// and bool operands become f32. Derivatives: every order; values and slopes are finite for any
// finite operand, but for selu beyond the type's largest number / 1.0507, and for log_softmax of
// numbers further apart than that number. At a kink the derivative is the one that a comment names.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// max(x, 0). The derivative at 0 is 0.
ATTUNE_API Tensor relu(const Tensor& x);
// min(max(x, 0), 6). The derivative at 0 and 6 is 0.
ATTUNE_API Tensor relu6(const Tensor& x);
// x where x > 0, else slope * x, also in the derivative.
ATTUNE_API Tensor leaky_relu(const Tensor& x, double slope = 0.01);
// leaky_relu with a learned slope: `weight` has one element, or one for each channel (axis 1 of x,
// or axis 0 when x has one axis). He et al. 2015, arXiv:1502.01852. Errors: shape.
ATTUNE_API Tensor prelu(const Tensor& x, const Tensor& weight);
// x where x > 0, else alpha (e^x - 1). Clevert et al. 2015, arXiv:1511.07289.
ATTUNE_API Tensor elu(const Tensor& x, double alpha = 1);
// elu scaled so that layers keep mean 0 and variance 1. Klambauer et al. 2017, arXiv:1706.02515.
ATTUNE_API Tensor selu(const Tensor& x);

enum class Gelu {
  exact,  // by the error function
  tanh    // 1/2 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), as GPT-2 has it
};
// x times the probability that a standard normal number lies below x.
// Hendrycks and Gimpel 2016, arXiv:1606.08415.
ATTUNE_API Tensor gelu(const Tensor& x, Gelu form = Gelu::exact);
// x sigmoid(x), also known as swish. Elfwing et al. 2017, arXiv:1702.03118.
ATTUNE_API Tensor silu(const Tensor& x);
// x tanh(softplus(x)). Misra 2019, arXiv:1908.08681.
ATTUNE_API Tensor mish(const Tensor& x);

struct SoftplusOptions {
  double beta = 1;        // above 0
  double threshold = 20;  // the result is x itself where beta x exceeds it
};
// log(1 + exp(beta x)) / beta. Error (value) unless beta > 0.
ATTUNE_API Tensor softplus(const Tensor& x, const SoftplusOptions& options = {});
// x / (1 + |x|)
ATTUNE_API Tensor softsign(const Tensor& x);

struct HardtanhOptions {
  double low = -1, high = 1;
};
// min(max(x, low), high). The derivative at both ends is 0. Error (value) unless low < high.
ATTUNE_API Tensor hardtanh(const Tensor& x, const HardtanhOptions& options = {});
// relu6(x + 3) / 6
ATTUNE_API Tensor hardsigmoid(const Tensor& x);
// x relu6(x + 3) / 6; the derivative at -3 is 0, at 3 it is 1. Howard et al. 2019,
// arXiv:1905.02244.
ATTUNE_API Tensor hardswish(const Tensor& x);

// 1 / (1 + exp(-x))
ATTUNE_API Tensor sigmoid(const Tensor& x);
// log(sigmoid(x)), also where sigmoid(x) is 0 in floating point.
ATTUNE_API Tensor log_sigmoid(const Tensor& x);

// exp(x) / sum(exp(x)) along an axis without overflow, row-major. Error (index): no such axis.
ATTUNE_API Tensor softmax(const Tensor& x, std::int64_t axis = -1);
// The logarithm of softmax along an axis: x - log(sum(exp(x))), without overflow.
ATTUNE_API Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

// a sigmoid(b), a and b the first and second half of x along an axis. Dauphin et al. 2016,
// arXiv:1612.08083. Errors: shape when the size of the axis is odd; index.
ATTUNE_API Tensor glu(const Tensor& x, std::int64_t axis = -1);

}  // namespace attune
