// parallel_for over numbered chunks: the only way work of attune reaches another thread. It knows
// neither tensors nor sizes; the caller cuts its work into chunks by shape alone, never by the
// number of threads, so that any number of threads computes the same bits.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/mode.hpp"

namespace attune::internal {

// Below this many element operations a loop runs on the calling thread. Handing a loop to a second
// thread costs 0.8 us while it waits for one and 12 to 15 once it sleeps (median of 400, Sapphire
// Rapids as a virtual machine of 2 cores). a[i] = b[i] + 3 * c[i] on 65536 floats took 39 us on one
// thread and 34 (asleep) or 24 (awake) on two as scalar code, 13 and 15 or 13 with AVX2; with
// 16384, 9.9 and 11 or 7, and 2.9 and 3.4 or 3.1. bench/parts/parallel.cpp measures it again.
inline constexpr std::int64_t serial_work = 65536;

// The calling thread draws from no stream while this stands.
class NoStream {
 public:
  NoStream() noexcept : saved_(current_mode.random) { current_mode.random = &no_stream; }
  ~NoStream() { current_mode.random = saved_; }
  NoStream(const NoStream&) = delete;
  NoStream& operator=(const NoStream&) = delete;

 private:
  RandomState* saved_;
};

// Stands in a chunk of a loop of so many: if they are work enough for all threads, the calling
// thread's own loops stay on it while this stands. They would only wait for the others.
class StayAlone {
 public:
  explicit StayAlone(std::int64_t chunks) noexcept;
  ~StayAlone();
  StayAlone(const StayAlone&) = delete;
  StayAlone& operator=(const StayAlone&) = delete;

 private:
  bool saved_;
};

// Runs body(context, chunk) once for every chunk in [0, chunks). `work` is a rough count of the
// element operations of all chunks together: little work, one chunk, one thread or one that stays
// alone runs serially in the order 0, 1, ...; otherwise threads of the caller's arena share the
// chunks, each in the caller's Mode, and the call returns when all are done. A thread begins with
// neighbouring chunks, the same ones in the next loop of as many: chunks that cut the same memory
// alike find it in their core's cache (mlp_step on two cores, 661 us with chunks in turn, 610 so).
// May be nested. Errors: the one of the lowest chunk that throws, however many do; no chunk starts
// once a lower one has thrown, and those that started finish. A chunk that draws random numbers
// opens a Random scope of its own: Error(state) otherwise.
void parallel_for(std::int64_t chunks, std::int64_t work, void (*body)(void*, std::int64_t),
                  void* context);

template <class F>
void parallel_for(std::int64_t chunks, std::int64_t work, F&& body) {
  if (chunks <= 1 || work < serial_work) {
    const NoStream guard;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk);
    return;
  }
  using Body = std::remove_reference_t<F>;
  parallel_for(
      chunks, work,
      [](void* context, std::int64_t chunk) { (*static_cast<Body*>(context))(chunk); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

// For tests: counts the distinct threads that executed chunks of parallel loops while it stands
// (a loop that ran serially in its caller is not counted). One at a time in the process.
class CountThreads {
 public:
  CountThreads();
  ~CountThreads();
  CountThreads(const CountThreads&) = delete;
  CountThreads& operator=(const CountThreads&) = delete;
  int distinct() const;
  void reset();
};

}  // namespace attune::internal
