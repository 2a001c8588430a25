// The mode of the calling thread: what operations record, how layers behave, which random stream
// serves, whether results are checked. Set by scope guards only; nothing here starts a thread.
// Every thread begins in the default mode (recording and training on, the rest off). attune hands
// the caller's mode to each worker it uses; a thread of your own may adopt it with UseMode.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>

namespace attune {

struct RandomState;  // <attune/random.hpp>
namespace internal {
class Tracer;
}

struct Mode {
  bool recording = true;           // operations on tensors that require a gradient are recorded
  bool training = true;            // dropout drops, batch normalization uses the batch
  bool check_finite = false;       // anomaly mode: a NaN or an infinity is an error where it arises
  bool frozen_statistics = false;  // a training forward leaves running statistics alone
  RandomState* random = nullptr;   // the innermost Random scope of this thread, if any
  internal::Tracer* tracer = nullptr;  // sees every operation while trace() runs
  const char* operation = nullptr;     // the one that was called, while it calls others

  // The calling thread's mode; the reference is valid as long as the thread.
  ATTUNE_API static Mode& current() noexcept;
};

// What the guards share: the mode at construction comes back at destruction. Guards are local
// variables and end in the reverse order of their beginning, on the thread that made them.
class ModeScope {
 public:
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;
  static void* operator new(decltype(sizeof(0))) = delete;

 protected:
  ModeScope() noexcept : mode_(Mode::current()), saved_(mode_) {}
  ~ModeScope() { mode_ = saved_; }
  Mode& mode() noexcept { return mode_; }

 private:
  Mode& mode_;
  Mode saved_;
};

// Nothing is recorded; writing in place to a parameter is allowed.
class [[nodiscard]] NoGrad : public ModeScope {
 public:
  NoGrad() noexcept { mode().recording = false; }
};

// Recording is on again inside a NoGrad or Evaluation.
class [[nodiscard]] EnableGrad : public ModeScope {
 public:
  EnableGrad() noexcept { mode().recording = true; }
};

// Training and recording are off: what evaluate and predict hold.
class [[nodiscard]] Evaluation : public ModeScope {
 public:
  Evaluation() noexcept { mode().training = mode().recording = false; }
};

// Layers behave as in training; recording stays as it is (dropout at prediction: NoGrad, Training).
class [[nodiscard]] Training : public ModeScope {
 public:
  Training() noexcept { mode().training = true; }
};

// A training forward does not write running statistics: for a second forward of the same batch.
class [[nodiscard]] FrozenStatistics : public ModeScope {
 public:
  FrozenStatistics() noexcept { mode().frozen_statistics = true; }
};

// Every result of an operation is checked, and what is written: the first NaN or infinity is an
// Error of kind numeric that names the operation and where it was called. Slow; for finding a
// fault.
class [[nodiscard]] DetectAnomaly : public ModeScope {
 public:
  DetectAnomaly() noexcept { mode().check_finite = true; }
};

// Adopts a mode, usually one copied from Mode::current() of the thread that started this one:
//   std::thread worker([mode = Mode::current()] { UseMode use(mode); ... });
// The random stream is not adopted, as two threads that draw from one stream would race: this
// thread keeps its own, or opens a Random scope. Nor is a trace that runs in the other thread.
class [[nodiscard]] UseMode : public ModeScope {
 public:
  explicit UseMode(const Mode& adopted) noexcept {
    const Mode own = mode();
    mode() = adopted;
    mode().random = own.random;
    mode().tracer = own.tracer;
    mode().operation = own.operation;
  }
};

}  // namespace attune
