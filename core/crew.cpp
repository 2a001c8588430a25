// Loops handed from a caller to threads that wait for them.
#include "core/crew.hpp"

#include <chrono>
#include <cstring>
#include <sched.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>

namespace attune::internal {
namespace {

// How long a helper waits for another loop: longer than what lies between two loops of a training
// step, short enough that nobody pays for it.
constexpr std::chrono::microseconds patience(50);

void rest() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Moves this thread off `core`, where whoever hired it runs, if it is there and may run elsewhere.
// Linux wakes a thread on its waker's core where the others seem busy, and in a virtual machine a
// core that rests does: the helper would take turns with the caller it came to help, until the
// scheduler next balances, milliseconds later.
//
// The thread may then run where it might before: a mask of all the machine's cores is put back as
// one of all there can be, which cores that are added later belong to. One that another program has
// set meanwhile stays.
void leave_core(int core) {
#if defined(__linux__)
  if (core < 0 || sched_getcpu() != core) return;
  cpu_set_t allowed, others, now;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  others = allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
  if (CPU_COUNT(&allowed) == sysconf(_SC_NPROCESSORS_ONLN))
    std::memset(&allowed, 0xff, sizeof allowed);
  if (sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &others))
    sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

int this_core() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

}  // namespace

struct Crew::Arena {
  tbb::task_arena tasks;
};

Crew::Crew(int threads)
    : threads_(threads),
      patient_(threads <= tbb::info::default_concurrency()),
      arena_(new Arena{tbb::task_arena(threads)}) {}

Crew::~Crew() = default;

void Crew::execute(void (*body)(void*), void* context) {
  arena_->tasks.execute([=] { body(context); });
}

// What a caller and a helper tell each other by turn_ and present_, and by loop_ and within_, has
// one order for all threads: of a caller who looks for helpers and one of them who leaves, or of a
// caller who is through and a helper who enters, one sees the other.
bool Crew::serve(void (*drain)(void*, int), void* loop, int helpers) {
  if (busy_.exchange(true, std::memory_order_acquire)) return false;
  wanted_.store(helpers, std::memory_order_relaxed);
  drain_.store(drain, std::memory_order_relaxed);
  loop_.store(loop, std::memory_order_release);
  ++turn_;
  hire(2);
  drain(loop, 0);
  wanted_ = 0;
  loop_ = nullptr;
  // A helper who is within runs, unless others want its core.
  constexpr int most_rests = 1000;
  for (int i = 0; within_ != 0; ++i) i < most_rests ? rest() : std::this_thread::yield();
  busy_.store(false, std::memory_order_release);
  return true;
}

// Up to `most`, each of whom hires others: many come sooner than one after another.
void Crew::hire(int most) {
  for (int i = 0; i < most; ++i) {
    int there = present_;
    do {
      if (there >= wanted_) return;
    } while (!present_.compare_exchange_weak(there, there + 1));
    try {
      start();
    } catch (...) {  // no memory for a task: those who are there do the work
      --present_;
      return;
    }
  }
}

void Crew::start() {
  core_.store(this_core(), std::memory_order_relaxed);
#ifdef ATTUNE_STD_THREADS
  std::thread([this] { stay(1); }).detach();
#else
  arena_->tasks.enqueue([this] { stay(tbb::this_task_arena::current_thread_index()); });
#endif
}

void Crew::stay(int place) {
  leave_core(core_.load(std::memory_order_relaxed));
  hire(2);
  for (std::uint64_t seen = 0;;) {
    while (next_turn(seen)) {
      seen = turn_;
      ++within_;
      if (void* const loop = loop_) drain_.load(std::memory_order_relaxed)(loop, place);
      --within_;
    }
    --present_;
    if (turn_ == seen) return;  // else a caller may have counted on this one
    ++present_;
  }
}

bool Crew::next_turn(std::uint64_t seen) const {
  if (turn_ != seen) return true;
  if (!patient_) return false;
  const auto end = std::chrono::steady_clock::now() + patience;
  do {
    for (int i = 0; i < 16; ++i) {
      if (turn_.load(std::memory_order_acquire) != seen) return true;
      rest();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace attune::internal
