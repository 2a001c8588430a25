// Random zeros while training: Srivastava et al. 2014, "Dropout: a simple way to prevent neural
// networks from overfitting". In evaluation mode, and for p = 0, the result is x itself. A training
// forward is one draw of the current random stream (<attune/random.hpp>): the same zeros for the
// same seed at any number of threads.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// Each element is 0 with probability p, else x / (1 - p); p = 1 gives zeros.
// Errors: value unless 0 <= p <= 1; dtype unless x is f32 or f64; state on a thread without a
// stream.
ATTUNE_API Tensor dropout(const Tensor& x, double p = 0.5);
// Dropout of whole channels: x [n, channels, ...], one draw for each sample and channel. Tompson et
// al. 2014, arXiv:1411.4280. Error (shape) for fewer than two axes, else as above.
ATTUNE_API Tensor feature_dropout(const Tensor& x, double p = 0.5);

}  // namespace attune
