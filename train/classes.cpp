// Outputs and targets as classes.
#include "train/classes.hpp"

#include <attune/mode.hpp>
#include <attune/ops/compare.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/ops/unary.hpp>
#include <attune/ops/views.hpp>

#include "core/fail.hpp"

namespace attune::internal {

namespace {

// [n, 1, ...] beside [n, ...]: the axis that the other lacks goes.
Tensor without_single_axis(const Tensor& output, const Tensor& target) {
  if (output.dim() == target.dim() + 1 && output.dim() > 1 && output.size(1) == 1) {
    return squeeze(output, 1);
  }
  return output;
}

bool has_class_axis(const Shape& output, const Shape& target) {
  if (output.rank() != target.rank() + 1 || output.rank() < 2) return false;
  Shape rest = output;
  rest.erase(1);
  return rest == target;
}

Tensor whole_numbers(const char* operation, const Tensor& target) {
  const Tensor labels = target.to(i64).contiguous();
  if (!is_floating(target.dtype())) return labels;
  const Tensor back = target.to(f64).contiguous();
  for (std::int64_t i = 0; i < back.numel(); ++i) {
    const double given = back.values<double>()[static_cast<std::size_t>(i)];
    if (given == 0 || given == 1) continue;
    fail(ErrorKind::value, operation,
         "element {} of the target is {}, neither 0 nor 1: a figure for classes does not fit "
         "numbers, MeanLoss{{mse_loss}} does",
         i, given);
  }
  return labels;
}

}  // namespace

Answers answers(const char* operation, const Tensor& given, const Tensor& target, double threshold,
                std::int64_t ignore_index) {
  const NoGrad no_graph;
  const Tensor output = without_single_axis(given, target);
  Answers result;
  Tensor nan;  // neither the largest nor above a threshold
  if (has_class_axis(output.shape(), target.shape()) && !is_floating(target.dtype())) {
    result = {argmax(output, 1).contiguous(), target.to(i64).contiguous(), output.size(1)};
    nan = any(isnan(output), 1).contiguous();
  } else if (output.shape() == target.shape()) {
    result = {gt(output, threshold).to(i64).contiguous(), whole_numbers(operation, target), 2};
    nan = isnan(output).contiguous();
  } else {
    fail(ErrorKind::shape, operation,
         "output {} does not meet target {} {}: it takes output [n, classes] for integer classes "
         "[n], or two of one shape for yes and no",
         given.shape(), target.dtype(), target.shape());
  }
  const auto labels = result.label();
  const auto no_numbers = nan.values<bool>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (no_numbers[i] && labels[i] != ignore_index) {
      fail(ErrorKind::numeric, operation,
           "the model's answer {} in a batch is NaN: it has diverged (lower the learning rate), or "
           "its input holds a NaN",
           i);
    }
    if ((labels[i] >= 0 && labels[i] < result.classes) || labels[i] == ignore_index) continue;
    fail(ErrorKind::index, operation,
         "sample {} is of class {} and the model knows {} classes, 0 to {}: does its last layer "
         "have as many outputs as there are classes?",
         i, labels[i], result.classes, result.classes - 1);
  }
  return result;
}

}  // namespace attune::internal
