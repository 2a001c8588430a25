// Dividing a set: into training, dev and test parts, or into folds. The parts are disjoint, hold
// every sample once, keep the set's order, and depend on the options alone: the same bits at any
// number of threads and on every machine.
//
// Layer: data.
//
//   auto [train, dev, test] = data::split(data::digits(), {.dev = 0.2, .test = 0.2, .seed = 1});
//   for (auto [train, dev] : data::kfold(data::breast_cancer(), {.folds = 5, .seed = 1})) ...
#pragma once

#include <attune/data/set.hpp>

namespace attune::data {

struct SplitOptions {
  double dev = 0;   // share of the samples; 0: no such part
  double test = 0;  // share of the samples; 0: no such part
  std::uint64_t seed = 0;
  // The classes (field "y") have the same shares in every part, as far as whole samples go.
  bool stratify = true;
};

struct Split {
  TrainSet train;
  Set dev;   // empty when its share is 0
  Set test;  // empty when its share is 0
};

// A part gets its share of the samples, rounded to the nearest number. Errors: value, unless the
// shares are within [0, 1), not both 0, and leave samples for training; when a part that was asked
// for would be empty; when a class has fewer samples than there are parts; when stratify finds no
// classes (a set for regression: `.stratify = false`).
ATTUNE_API Split split(const Set& set, const SplitOptions& options);
// A set with a test part of its own keeps it; the dev part is taken from the training part. Error
// (value) when `test` is given, too.
ATTUNE_API Split split(const TrainTest& set, const SplitOptions& options);

struct FoldOptions {
  int folds = 5;
  std::uint64_t seed = 0;
  bool stratify = true;  // each class is spread evenly over the folds
};

struct Fold {
  TrainSet train;
  Set dev;
};

// Every sample is in the dev part of one fold and in the training part of the others. The sizes of
// folds differ by at most one. Errors: value, when folds < 2, the set has fewer samples than folds,
// a class has (stratify), or stratify finds no classes.
ATTUNE_API std::vector<Fold> kfold(const Set& set, const FoldOptions& options);

}  // namespace attune::data
