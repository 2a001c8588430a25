// What fit must know again after a resume, and how it lies in a checkpoint.
#pragma once

#include <attune/train/checkpoint.hpp>
#include <attune/train/fit.hpp>
#include <limits>
#include <string>
#include <vector>

namespace attune::internal {

// The paths of the parameters and buffers that hold a NaN or an infinity.
std::vector<std::string> not_finite(const ModelRef& model);

// The best weights of a run.
class BestWeights {
 public:
  bool kept() const noexcept { return !entries_.empty(); }
  void keep(const ModelRef& model);           // a copy of parameters and buffers
  void restore(const ModelRef& model) const;  // into their memory
  void write(Checkpoint& checkpoint) const;
  void read(const Checkpoint& checkpoint);

 private:
  std::vector<NamedTensor> entries_;
};

struct FitState {
  // Of the epoch that is running.
  double loss_sum = 0;
  std::int64_t samples = 0;
  // Of the run.
  double best = std::numeric_limits<double>::quiet_NaN();
  std::int64_t best_epoch = 0;  // from 1
  std::string goal;  // what the best is best by: "accuracy of dev"; empty without a dev set
  std::vector<EpochFigures> epochs;
  BestWeights weights;

  void write(Checkpoint& checkpoint) const;
  // From what was resumed from `path`. Errors: format when it was not written by fit; value when
  // its run was another one.
  void read(const Checkpoint& checkpoint, const std::string& path, const FitOptions& options);
};

}  // namespace attune::internal
