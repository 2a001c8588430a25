// The training loop, ready made, for those who do not want to write it.
//
// Layer: train.
//
//   auto opt = optim::make("adam", params(model), {{"lr", 1e-3}});
//   History history = fit(model, opt, train, {.epochs = 20, .dev = &dev, .patience = 3});
//
// Same seed, same bits: at any number of threads, and after a kill and resume.
#pragma once

#include <attune/data/batches.hpp>
#include <attune/optim.hpp>
#include <attune/train/checkpoint.hpp>
#include <attune/train/forward.hpp>
#include <attune/train/metrics.hpp>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace attune {

// How a run is shown: a line that is redrawn on a terminal, or a line an epoch; automatic takes the
// bar where the output is a terminal.
enum class Progress { automatic, bar, lines, none };

// What an early stop and the best weights go by.
enum class Monitor { metric, loss };

// One epoch. Figures that were not computed are NaN.
struct EpochFigures {
  std::int64_t epoch = 0;  // from 1
  double train_loss = 0;   // mean over the samples, each taken when its batch was trained on
  double dev_loss = 0;
  double dev_metric = 0;
  double seconds = 0;  // since the epoch, or the resumed part of it, began; dev evaluation included
  double samples_per_second = 0;  // in training alone
  bool best = false;              // so far
  bool stop = false;              // on_epoch may set it: no further epoch
};

// One step, after it was done.
struct StepFigures {
  std::int64_t epoch = 0, batch = 0;  // from 1
  std::uint64_t step = 0;             // of the optimizer
  std::int64_t samples = 0;           // in this batch
  double loss = 0;
  bool stop = false;  // on_step may set it: the run ends here, its place is in the checkpoint
};

struct History;

struct FitOptions {
  int epochs = 10;
  std::int64_t batch = 128;
  // Evaluated after each epoch; outlives the call. None: no dev figures, no early stop, no best
  // weights.
  const data::Set* dev = nullptr;
  // None: cross_entropy when the target is of an integer type, mse_loss when it is floating.
  Loss loss = {};
  // None: accuracy when the target is of an integer type, else the dev loss alone.
  Metric metric = {};
  Monitor monitor = Monitor::metric;  // the loss where there is no metric
  // Stop after so many epochs without a new best; 0: never.
  int patience = 0;
  double min_delta = 0;      // a new best is better by more than this
  bool restore_best = true;  // the model ends with the weights of the best epoch
  // Of the order of the samples, and of what the model draws: fit opens a random stream of its own.
  std::uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = false;
  // A file to save to, by `every` and at the end; empty: none.
  std::string checkpoint = {};
  Every every = Every::minute();
  // Go on from `checkpoint` where the file is there; where it is not, or with false, begin anew.
  bool resume = false;
  // Go on from this file instead, which is only read; empty: from none. Error (io) where it is not.
  std::string resume_from = {};
  // What else a run is told by, such as how its weights began. Kept in the checkpoint; one with
  // other notes is not resumed.
  Metadata notes = {};
  // Once a run was resumed, before its first step: with the optimizer as it was saved, and how it
  // went so far. An error that it throws ends the call; what was resumed stays.
  std::function<void(const History&)> on_resume = {};
  std::function<void(StepFigures&)> on_step = {};
  std::function<void(EpochFigures&)> on_epoch = {};
  Progress progress = Progress::automatic;
  std::FILE* output = nullptr;  // of the progress; none: stderr
};

// How it went.
struct History {
  // Those that were finished; of a resumed run from its beginning. One that a callback ended
  // before its last batch has no figures, bears on no best and is not shown.
  std::vector<EpochFigures> epochs;
  std::string metric;           // the name of dev_metric, or empty
  std::int64_t best_epoch = 0;  // from 1; 0 without a dev set, or without a usable figure
  bool stopped_early = false;   // by patience
  bool stopped_by_callback = false;
  double seconds = 0;  // of this call
};

// Trains `model` by `optimizer`, which was made of its parameters, on the first two fields of
// `train`, input and target. Errors: value for an empty set, options out of range or a set without
// a target; numeric, naming epoch, step and what to try, when the loss is no longer finite, when at
// an epoch's end or before a checkpoint is written a parameter or buffer no longer is, or when the
// loss of the dev set or an answer to it is NaN; those of the model, the loss, the optimizer and
// the checkpoint. After a numeric one the model has the best weights where they are kept, else
// those that the run came to; the checkpoint is the last one whose numbers were finite.
ATTUNE_API History fit(const Trainable& model, optim::Optimizer& optimizer,
                       const data::TrainSet& train, const FitOptions& options = {});

}  // namespace attune
