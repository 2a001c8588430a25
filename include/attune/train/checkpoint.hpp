// Checkpoints: everything a training run needs to go on, bit for bit, as if it had never stopped.
// Also after SIGKILL: the file is replaced as a whole or not at all.
//
// Layer: train.
//
//   auto stream = batches(train, {.size = 128, .shuffle = true, .seed = 1});
//   Checkpoint ck{"run.ckpt", model, opt, stream, 30s};     // or every 50 steps: `50`
//   ck.resume();                                            // where the file is: go on from there
//   while (stream.position().epoch < 5) {
//     for (auto [x, y] : stream) {
//       opt.step(cross_entropy(model(x), y).backward());
//       ck.maybe_save();                                    // the last thing of a step
//     }
//     ...                                                   // what ends an epoch
//   }
#pragma once

#include <attune/data/batches.hpp>
#include <attune/io.hpp>
#include <attune/model.hpp>
#include <attune/optim.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace attune {

// How often: a number of optimizer steps, or a duration of <chrono>.
class ATTUNE_API Every {
 public:
  // Error (value) unless above 0.
  Every(std::integral auto steps) : Every(static_cast<double>(steps), Unit::steps) {}  // NOLINT
  template <class Duration>
  requires requires(const Duration& d) {
    d.count();
    Duration::period::num;
  }
  Every(const Duration& time)  // NOLINT
      : Every(static_cast<double>(time.count()) * Duration::period::num / Duration::period::den,
              Unit::seconds) {}
  static Every minute() { return Every(60, Unit::seconds); }
  // "50" (steps), "30s", "5min", "2h". Error (value).
  static Every parse(std::string_view text);

  double steps() const noexcept { return unit_ == Unit::steps ? amount_ : 0; }      // 0: by time
  double seconds() const noexcept { return unit_ == Unit::seconds ? amount_ : 0; }  // 0: by steps

 private:
  enum class Unit { steps, seconds };
  Every(double amount, Unit unit);
  double amount_;
  Unit unit_;
};

// Ties a file to a run. Saved are: parameters and buffers; the optimizer with its counts and the
// texts of its schedules; the state of the calling thread's random stream; the place in the data,
// with a digest of up to 1024 of its samples; and whatever the run puts into the four maps. Not
// saved: the loop's own variables, so put them into the maps.
//
// Model, optimizer and batches are referred to and outlive it. A checkpoint is a safetensors file;
// its keys are "model.<path>", "optimizer.<key>", "random", "batches.<what>", "counter.<name>",
// "scalar.<name>", "tensor.<name>", and its format has the number "attune.checkpoint": 1. Its
// metadata hold the texts, and as "attune.digest" the XXH3-128 of all the rest.
class ATTUNE_API Checkpoint {
 public:
  Checkpoint(std::string path, MutableModelRef model, optim::Optimizer& optimizer,
             Every every = Every::minute());
  Checkpoint(std::string path, MutableModelRef model, optim::Optimizer& optimizer,
             data::BatchStream& batches, Every every = Every::minute());

  // Written now. Errors: state when a parameter has no values; io, the file then being the last
  // good one.
  void save();
  // save() when it is time: so many optimizer steps or so much time after the last save, resume or
  // the beginning. True when it saved. Costs nanoseconds when it is not.
  bool maybe_save();
  bool due() const;

  // False when there is no such file: a run that begins. Else all that was saved is put back, and
  // the random stream of the calling thread, if it has one, goes on where the saved one was.
  // Errors, after which nothing has changed: io; format for a file that is no checkpoint, damaged,
  // of a newer format, of another model (naming the keys that are missing, left over or of another
  // shape), of another optimizer, rule or schedule; value when the data are others, or walked over
  // in another way (number of samples, batch size, shuffle, seed, ...), since the place would then
  // mean something else.
  bool resume();
  // The same from another file, which is only read: save() writes to path().
  bool resume(const std::string& path);
  // The same for whoever has figures of its own to judge by: `check` sees counters, scalars,
  // tensors and texts as they were saved, before anything else is put back. What it throws leaves
  // all as it was.
  bool resume(const std::string& path, const std::function<void(const Checkpoint&)>& check);

  const std::string& path() const noexcept { return path_; }

  std::map<std::string, std::int64_t> counters;
  std::map<std::string, double> scalars;
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> texts;

 private:
  void restart_clock();
  const std::string& set();  // what the samples are known by

  std::string path_, set_;
  MutableModelRef model_;
  optim::Optimizer* optimizer_;
  data::BatchStream* batches_ = nullptr;
  Every every_;
  std::uint64_t saved_at_step_ = 0;
  double saved_at_second_ = 0;
};

}  // namespace attune
