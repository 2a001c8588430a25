// Outputs and targets as classes, for the metrics that count them.
#pragma once

#include <attune/tensor.hpp>
#include <span>

namespace attune::internal {

// Answer and label of each sample, side by side: i64, row-major, of one size.
struct Answers {
  Tensor answers, labels;
  std::int64_t classes;

  std::span<const std::int64_t> answer() const { return answers.values<std::int64_t>(); }
  std::span<const std::int64_t> label() const { return labels.values<std::int64_t>(); }
};

// As Accuracy describes it. Every label is within [0, classes) or ignore_index. Errors: shape,
// index, value.
Answers answers(const char* operation, const Tensor& output, const Tensor& target, double threshold,
                std::int64_t ignore_index);

}  // namespace attune::internal
