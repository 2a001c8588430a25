// What training minimizes.
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

// The mean over the samples of -log softmax(logits)[target]: logits [n, classes], target i64 [n].
// Errors: shape, index for a class outside [0, classes), dtype. Finite for any finite logits.
ATTUNE_API Tensor cross_entropy(const Tensor& logits, const Tensor& target);

}  // namespace attune
