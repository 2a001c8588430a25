// Which classes are taken for which: the confusion matrix and what follows from it.
//
// Layer: train.
//
//   std::cout << evaluate(model, test, confusion);  // the table, with the names of the classes
#pragma once

#include <attune/train/metrics.hpp>
#include <iosfwd>
#include <string>
#include <vector>

namespace attune {

// Counts of samples by true class (rows) and answer (columns). With 0 / 0, a figure is NaN, printed
// "-".
class ATTUNE_API ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  // No samples. Without names the classes are called by their numbers.
  explicit ConfusionMatrix(std::int64_t classes, std::vector<std::string> names = {});

  std::int64_t classes() const noexcept { return classes_; }
  std::string name(std::int64_t label) const;
  // Samples of class `label` that were answered by `answer`. Error (index).
  std::int64_t count(std::int64_t label, std::int64_t answer) const;
  void add(std::int64_t label, std::int64_t answer, std::int64_t samples = 1);
  Tensor counts() const;  // i64 [classes, classes]

  double accuracy() const;                     // right answers among all
  double precision(std::int64_t label) const;  // right answers among those that name the class
  double recall(std::int64_t label) const;     // right answers among the samples of the class
  double f1(std::int64_t label) const;         // their harmonic mean: 2 right / (samples + answers)
  double macro_f1() const;  // mean over the classes that occur, as sample or answer

 private:
  std::size_t place(std::int64_t label, std::int64_t answer) const;
  std::int64_t row(std::int64_t label) const;
  std::int64_t column(std::int64_t answer) const;
  std::int64_t classes_ = 0;
  std::vector<std::string> names_;
  std::vector<std::int64_t> counts_;
};

// The matrix, and beside each class its precision, recall and F1.
ATTUNE_API std::ostream& operator<<(std::ostream& out, const ConfusionMatrix& matrix);

// The metric: outputs, targets and errors as for Accuracy; also shape when the model answers with
// another number of classes than the set names.
struct Confusion {
  double threshold = 0;
  std::int64_t ignore_index = -100;
  ConfusionMatrix matrix;

  ATTUNE_API void begin(const data::Set& set);
  ATTUNE_API void add(const Tensor& output, const Tensor& target);
  const ConfusionMatrix& value() const noexcept { return matrix; }
};
inline const Confusion confusion{};

}  // namespace attune
