// The confusion matrix and its table.
#include "attune/train/confusion.hpp"

#include <attune/train/metrics.hpp>
#include <cmath>
#include <ostream>

#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "train/classes.hpp"

namespace attune {

using internal::fail;

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return internal::not_a_number();
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::string figure(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4f}", value); }

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t classes, std::vector<std::string> names)
    : classes_(classes), names_(std::move(names)) {
  constexpr std::int64_t most = 1 << 15;  // 8 GiB of counts
  if (classes < 0 || classes > most) {
    fail(ErrorKind::value, "ConfusionMatrix", "{} classes: from 0 to {} are possible", classes,
         most);
  }
  if (!names_.empty() && static_cast<std::int64_t>(names_.size()) != classes) {
    fail(ErrorKind::shape, "ConfusionMatrix", "{} names for {} classes", names_.size(), classes);
  }
  counts_.resize(static_cast<std::size_t>(classes * classes));
}

std::size_t ConfusionMatrix::place(std::int64_t label, std::int64_t answer) const {
  for (const std::int64_t index : {label, answer}) {
    if (index >= 0 && index < classes_) continue;
    fail(ErrorKind::index, "ConfusionMatrix", "there is no class {} among {}", index, classes_);
  }
  return static_cast<std::size_t>(label * classes_ + answer);
}

std::string ConfusionMatrix::name(std::int64_t label) const {
  place(label, label);
  return names_.empty() ? std::to_string(label) : names_[static_cast<std::size_t>(label)];
}

std::int64_t ConfusionMatrix::count(std::int64_t label, std::int64_t answer) const {
  return counts_[place(label, answer)];
}

void ConfusionMatrix::add(std::int64_t label, std::int64_t answer, std::int64_t samples) {
  counts_[place(label, answer)] += samples;
}

Tensor ConfusionMatrix::counts() const { return tensor(counts_, {classes_, classes_}); }

std::int64_t ConfusionMatrix::row(std::int64_t label) const {
  std::int64_t total = 0;
  for (std::int64_t c = 0; c < classes_; ++c) total += count(label, c);
  return total;
}

std::int64_t ConfusionMatrix::column(std::int64_t answer) const {
  std::int64_t total = 0;
  for (std::int64_t c = 0; c < classes_; ++c) total += count(c, answer);
  return total;
}

double ConfusionMatrix::accuracy() const {
  std::int64_t right = 0, total = 0;
  for (std::int64_t c = 0; c < classes_; ++c) {
    right += count(c, c);
    total += row(c);
  }
  return ratio(right, total);
}

double ConfusionMatrix::precision(std::int64_t label) const {
  return ratio(count(label, label), column(label));
}

double ConfusionMatrix::recall(std::int64_t label) const {
  return ratio(count(label, label), row(label));
}

double ConfusionMatrix::f1(std::int64_t label) const {
  return ratio(2 * count(label, label), row(label) + column(label));
}

double ConfusionMatrix::macro_f1() const {
  double sum = 0;
  std::int64_t occurring = 0;
  for (std::int64_t c = 0; c < classes_; ++c) {
    if (row(c) + column(c) == 0) continue;
    sum += f1(c);
    ++occurring;
  }
  return occurring == 0 ? internal::not_a_number() : sum / static_cast<double>(occurring);
}

std::ostream& operator<<(std::ostream& out, const ConfusionMatrix& matrix) {
  const std::int64_t classes = matrix.classes();
  const auto name = [&](std::int64_t c) { return internal::printable(matrix.name(c), false); };
  std::size_t label_width = 5, width = 5;
  for (std::int64_t c = 0; c < classes; ++c) {
    label_width = std::max(label_width, name(c).size());
    for (std::int64_t a = 0; a < classes; ++a) {
      width = std::max(width, std::to_string(matrix.count(c, a)).size());
    }
  }
  // Columns carry the first letters of the names, so that a row stays a line.
  out << fmt::format("{:{}}", "", label_width);
  for (std::int64_t c = 0; c < classes; ++c) {
    out << fmt::format(" {:>{}.{}}", name(c), width, width);
  }
  out << "  precision  recall      f1\n";
  for (std::int64_t c = 0; c < classes; ++c) {
    out << fmt::format("{:{}}", name(c), label_width);
    for (std::int64_t a = 0; a < classes; ++a)
      out << fmt::format(" {:>{}}", matrix.count(c, a), width);
    out << fmt::format("  {:>9}  {:>6}  {:>6}\n", figure(matrix.precision(c)),
                       figure(matrix.recall(c)), figure(matrix.f1(c)));
  }
  return out << "accuracy " << figure(matrix.accuracy()) << ", macro f1 "
             << figure(matrix.macro_f1()) << "; rows: true classes, columns: answers\n";
}

void Confusion::begin(const data::Set& set) {
  const std::vector<std::string>& names = set.names().classes;
  matrix = ConfusionMatrix(static_cast<std::int64_t>(names.size()), names);
}

void Confusion::add(const Tensor& output, const Tensor& target) {
  const internal::Answers found =
      internal::answers("confusion", output, target, threshold, ignore_index);
  if (matrix.classes() == 0) matrix = ConfusionMatrix(found.classes);
  if (matrix.classes() != found.classes) {
    fail(ErrorKind::shape, "confusion", "the model answers with {} classes and there are {}",
         found.classes, matrix.classes());
  }
  const auto answers = found.answer();
  const auto labels = found.label();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != ignore_index) matrix.add(labels[i], answers[i]);
  }
}

}  // namespace attune
