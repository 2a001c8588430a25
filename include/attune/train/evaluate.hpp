// A model on a set, in evaluation mode and without a graph, batch by batch.
//
// Layer: train.
//
//   double right = evaluate(model, dev, accuracy);
//   Tensor logits = predict(model, test);
#pragma once

#include <attune/train/forward.hpp>
#include <attune/train/metrics.hpp>
#include <span>
#include <utility>

namespace attune {

struct EvaluateOptions {
  std::int64_t batch = 256;  // samples at a time: bounds the memory
};

namespace internal {
ATTUNE_API void evaluate(const Forward& model, const data::Set& set,
                         std::span<Accumulator* const> metrics, const EvaluateOptions& options);
}

// The value of a metric over all samples: of accuracy and MeanLoss a double, of confusion a
// ConfusionMatrix. The first field of the set is the input, the second the target. Several threads
// may evaluate one model at once. Errors: value for an empty set, one without a target, or batch <
// 1; those of the model and of the metric.
template <class M>
auto evaluate(const Forward& model, const data::Set& set, M metric,
              const EvaluateOptions& options = {}) {
  internal::AccumulatorOf<M> one(std::move(metric));
  internal::Accumulator* const list[] = {&one};
  internal::evaluate(model, set, list, options);
  return std::decay_t<decltype(one.metric.value())>(one.metric.value());
}

// The model's outputs for x [n, ...], joined along axis 0: [n, ...]. Errors: shape when x has no
// axis or an output another number of samples than its input; value for batch < 1.
ATTUNE_API Tensor predict(const Forward& model, const Tensor& x,
                          const EvaluateOptions& options = {});
// The same for the first field of a set, which need not have a target. Error (value) when it is
// empty.
ATTUNE_API Tensor predict(const Forward& model, const data::Set& set,
                          const EvaluateOptions& options = {});

}  // namespace attune
