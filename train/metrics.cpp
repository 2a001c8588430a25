// Accuracy and mean loss.
#include "attune/train/metrics.hpp"

#include <attune/mode.hpp>
#include <limits>

#include "core/fail.hpp"
#include "train/classes.hpp"

namespace attune {

namespace internal {

Accumulator::~Accumulator() = default;

double not_a_number() noexcept { return std::numeric_limits<double>::quiet_NaN(); }

}  // namespace internal

void Accuracy::add(const Tensor& output, const Tensor& target) {
  const internal::Answers found = internal::answers(name, output, target, threshold, ignore_index);
  const auto answers = found.answer();
  const auto labels = found.label();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == ignore_index) continue;
    ++seen;
    right += answers[i] == labels[i];
  }
}

double Accuracy::value() const {
  if (seen == 0) return internal::not_a_number();
  return static_cast<double>(right) / static_cast<double>(seen);
}

void MeanLoss::add(const Tensor& output, const Tensor& target) {
  if (!loss) internal::fail(ErrorKind::state, "MeanLoss", "no loss: MeanLoss{{cross_entropy}}");
  const NoGrad no_graph;
  const Tensor result = loss(output, target);
  if (result.numel() != 1) {
    internal::fail(
        ErrorKind::value, "MeanLoss",
        "the loss of a batch has shape {} and must be one number: its reduction is mean?",
        result.shape());
  }
  const std::int64_t n = target.dim() > 0 ? target.size(0) : 1;
  sum += result.item() * static_cast<double>(n);
  samples += n;
}

double MeanLoss::value() const {
  if (samples == 0) return internal::not_a_number();
  return sum / static_cast<double>(samples);
}

}  // namespace attune
