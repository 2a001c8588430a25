// Random streams. Every number attune draws is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011,
// "Parallel random numbers: as easy as 1, 2, 3") keyed by (seed, stream) at the counter (draw,
// element): it depends on nothing else, so the bits are the same for every number of threads, every
// instruction set and every machine. NumpyLegacy reproduces NumPy's old generator beside it.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <attune/mode.hpp>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace attune {

// A stream and its place in it. Streams of one seed are independent: number them by task, fold or
// worker. `counter` is the number of draws so far: one draw fills one tensor.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  std::uint64_t counter = 0;

  friend bool operator==(const RandomState&, const RandomState&) = default;
};

// While it stands, the calling thread draws from this stream; scopes nest, and at the end the outer
// stream goes on where it was. A loop's worker has no stream of its caller's and opens its own.
//   Random scope{1};
//   Random scope{{.seed = 1, .stream = task}};
class [[nodiscard]] Random : public ModeScope {
 public:
  explicit Random(std::integral auto seed)
      : Random(RandomState{.seed = static_cast<std::uint64_t>(seed)}) {}
  explicit Random(const RandomState& state) noexcept : state_(state) { mode().random = &state_; }

  // The state of the calling thread's current stream (innermost scope, or the process's default):
  // save it, and restore() it later to draw the same again. Both throw Error(state) on a thread
  // that has no stream.
  ATTUNE_API static RandomState state();
  ATTUNE_API static void restore(const RandomState& state);

 private:
  RandomState state_;
};

// Restarts the default stream, which serves the thread that loaded attune outside any Random scope;
// it begins with seed 0. Error(state) on any other thread.
ATTUNE_API void manual_seed(std::uint64_t seed);

// NumPy's RandomState(seed), number for number: what np.random.seed(seed) and the functions of
// np.random of the same names return (Mersenne twister; normal numbers by Marsaglia's polar
// method). For reproducing published results; as an initializer's generator it is called
// "numpy_legacy". Normal numbers take the C library's logarithm, as NumPy does. Not for two threads
// at once.
class ATTUNE_API NumpyLegacy {
 public:
  explicit NumpyLegacy(std::uint32_t seed);
  ~NumpyLegacy();
  NumpyLegacy(NumpyLegacy&&) noexcept;
  NumpyLegacy& operator=(NumpyLegacy&&) noexcept;

  double random_sample();                   // [0, 1), 53 bits
  double uniform(double low, double high);  // low + (high - low) * random_sample()
  double randn();                           // standard normal; every second one is remembered
  double normal(double mean, double std);   // mean + std * randn()

  // A whole number in [low, high). Error(value) when low >= high.
  std::int64_t randint(std::int64_t low, std::int64_t high);

  // The numbers 0 .. n-1 in random order, as np.random.permutation(n). Error(value) when n < 0.
  std::vector<std::int64_t> permutation(std::int64_t n);
  void shuffle(std::span<std::int64_t> values);  // in place, as np.random.shuffle

 private:
  struct Generator;
  std::unique_ptr<Generator> generator_;
};

}  // namespace attune
