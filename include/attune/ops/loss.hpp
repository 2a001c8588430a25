// What training minimizes. `reduction` says what becomes of the losses of the elements or samples:
// all of them, their mean, or their sum. The mean of nothing is an Error (shape). Predictions and
// targets of different shapes are an Error (shape): nothing is broadcast, since [n, 1] against [n]
// would be [n, n]. The result has the promoted type of both, f32 for integers. Derivatives: every
// order, also with respect to floating targets; finite for finite operands.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>

namespace attune {

enum class Reduction { none, mean, sum };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};
// (x - target)^2
ATTUNE_API Tensor mse_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});
// |x - target|; the derivative at 0 is 0.
ATTUNE_API Tensor l1_loss(const Tensor& x, const Tensor& target, const LossOptions& options = {});

struct HuberOptions {
  double delta = 1;  // above 0
  Reduction reduction = Reduction::mean;
};
// (x - target)^2 / 2 where |x - target| <= delta, else delta (|x - target| - delta / 2). Huber
// 1964, "Robust estimation of a location parameter". Error (value) unless delta > 0.
ATTUNE_API Tensor huber_loss(const Tensor& x, const Tensor& target,
                             const HuberOptions& options = {});

struct BinaryCrossEntropyOptions {
  Tensor weight = {};  // of each element's loss; broadcasts to the shape of x; undefined: 1
  Reduction reduction = Reduction::mean;
};
// -(z log(x) + (1 - z) log(1 - x)) for probabilities x and targets z in [0, 1], usually 0 or 1. The
// logarithms are bounded by -100 from below, as in PyTorch. Error (value) naming the element for an
// x or z outside [0, 1]: logits go to binary_cross_entropy_with_logits.
ATTUNE_API Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                                       const BinaryCrossEntropyOptions& options = {});

struct BinaryCrossEntropyWithLogitsOptions {
  Tensor weight = {};      // of each element's loss; broadcasts to the shape of x; undefined: 1
  Tensor pos_weight = {};  // of the term with z, for rare positives; broadcasts; undefined: 1
  Reduction reduction = Reduction::mean;
};
// binary_cross_entropy of sigmoid(x), as max(x, 0) - x z + log(1 + exp(-|x|)): finite for any
// finite logit.
ATTUNE_API Tensor binary_cross_entropy_with_logits(
    const Tensor& x, const Tensor& target, const BinaryCrossEntropyWithLogitsOptions& options = {});

struct NllOptions {
  Tensor weight = {};  // [classes], a constant: of a sample by its class; undefined: 1
  std::int64_t ignore_index = -100;  // samples of this class count for nothing
  Reduction reduction = Reduction::mean;
};
// -weight[class] x[class] for logarithms of probabilities x [n, classes] or [n, classes, d1, ...]
// and classes [n] or [n, d1, ...], of i64, i32 or u8. The mean divides by the sum of the weights of
// the samples that count; when that is 0, as when all of them are ignored, it is an Error (value).
// Errors: shape; dtype; index for a class outside [0, classes), naming sample and class.
ATTUNE_API Tensor nll_loss(const Tensor& x, const Tensor& target, const NllOptions& options = {});

struct CrossEntropyOptions {
  Tensor weight = {};  // [classes], a constant: of a sample by its class; undefined: 1
  std::int64_t ignore_index = -100;  // samples of this class count for nothing
  double label_smoothing = 0;  // in [0, 1]: this share of each target is spread over all classes
  Reduction reduction = Reduction::mean;
};
// nll_loss of log_softmax(logits, 1). The target is either classes, as for nll_loss, or
// probabilities: floating, of the shape of the logits. With probabilities the mean divides by the
// number of samples and ignore_index must be left alone, as no class is named. Label smoothing:
// Szegedy et al. 2015, arXiv:1512.00567. Errors: as nll_loss; value for label_smoothing.
ATTUNE_API Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                                const CrossEntropyOptions& options = {});

}  // namespace attune
