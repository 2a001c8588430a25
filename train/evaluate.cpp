// Evaluation and prediction, batch by batch.
#include "attune/train/evaluate.hpp"

#include <attune/data/batches.hpp>
#include <attune/mode.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <vector>

#include "core/fail.hpp"

namespace attune {

using internal::fail;

namespace {

void check_batch(const char* operation, std::int64_t batch) {
  if (batch < 1) fail(ErrorKind::value, operation, "batches of {} samples: at least 1", batch);
}

// Outputs of consecutive samples, written into one tensor as they come.
class Joined {
 public:
  explicit Joined(std::int64_t samples) : samples_(samples) {}

  void add(const Tensor& input, const Tensor& output) {
    if (output.dim() < 1 || output.size(0) != input.size(0)) {
      fail(ErrorKind::shape, "predict",
           "the model makes {} of {}: axis 0 of both must be the samples", output.shape(),
           input.shape());
    }
    if (!all_.defined()) {
      Shape shape = output.shape();
      shape[0] = samples_;
      all_ = empty(shape, output.dtype());
    }
    Tensor part = narrow(all_, 0, done_, input.size(0));
    if (output.shape() != part.shape() || output.dtype() != all_.dtype()) {
      fail(ErrorKind::shape, "predict",
           "the model makes {} {} of a batch, {} {} of an earlier one: only axis 0 may differ",
           output.shape(), output.dtype(), all_.shape(), all_.dtype());
    }
    part.copy_(output);
    done_ += input.size(0);
  }

  Tensor take() { return std::move(all_); }

 private:
  std::int64_t samples_;
  std::int64_t done_ = 0;
  Tensor all_;
};

}  // namespace

void internal::evaluate(const Forward& model, const data::Set& set,
                        std::span<Accumulator* const> metrics, const EvaluateOptions& options) {
  if (set.empty()) {
    fail(ErrorKind::value, "evaluate", "the set is empty: was the part asked for in data::split?");
  }
  if (set.fields().size() < 2) {
    fail(ErrorKind::value, "evaluate", "the set has no target, only {}: predict needs none",
         set.fields()[0].name);
  }
  check_batch("evaluate", options.batch);
  const Evaluation mode;
  for (Accumulator* metric : metrics) metric->begin(set);
  data::BatchStream stream(set, {.size = options.batch});
  std::vector<Tensor> fields(set.fields().size());
  while (stream.next(fields)) {
    const Tensor output = model(fields[0]);
    for (Accumulator* metric : metrics) metric->add(output, fields[1]);
  }
}

Tensor predict(const Forward& model, const Tensor& x, const EvaluateOptions& options) {
  check_batch("predict", options.batch);
  if (x.dim() < 1) fail(ErrorKind::shape, "predict", "x has no axis: axis 0 is the samples");
  const Evaluation mode;
  const std::int64_t samples = x.size(0);
  Joined joined(samples);
  std::int64_t first = 0;
  do {  // once for no samples, too: the model says the shape
    const Tensor part = narrow(x, 0, first, std::min(options.batch, samples - first));
    joined.add(part, model(part));
    first += options.batch;
  } while (first < samples);
  return joined.take();
}

Tensor predict(const Forward& model, const data::Set& set, const EvaluateOptions& options) {
  if (set.empty()) {
    fail(ErrorKind::value, "predict", "the set is empty: was the part asked for in data::split?");
  }
  check_batch("predict", options.batch);
  const Evaluation mode;
  data::BatchStream stream(set, {.size = options.batch});
  std::vector<Tensor> fields(set.fields().size());
  Joined joined(set.size());
  while (stream.next(fields)) joined.add(fields[0], model(fields[0]));
  return joined.take();
}

}  // namespace attune
