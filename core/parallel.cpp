// Runs numbered chunks by the process's crew or in the arena that a thread chose; on plain threads
// where the thread sanitizer has to see every synchronization (ATTUNE_STD_THREADS).
#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <attune/threads.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <set>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#include <thread>
#include <utility>
#include <vector>

#include "core/crew.hpp"
#include "core/fail.hpp"
#include "core/loops_seen.hpp"
#include "core/scratch.hpp"

namespace attune {
namespace internal {
namespace {

struct Shared {
  Shared();

  std::mutex mutex;
  int bound = tbb::info::default_concurrency();  // the most threads TBB runs in this process
  // One for each number of threads that was ever set: a helper may still be on its way to one.
  std::map<int, Crew> crews;
  std::atomic<Crew*> crew;
  std::atomic<bool> hired{false};  // threads that are not the callers'
  bool alone = false;              // in a child of fork(), made when such threads were there
  std::unique_ptr<tbb::global_control> control;

  std::mutex count_mutex;
  std::set<std::thread::id> seen;
  int widest = 0;
};

// Never destroyed: a thread may still compute while the process exits.
Shared& shared() {
  static Shared& instance = *new Shared;
  return instance;
}

// A child of fork() has none of its parent's threads, but what they held stays held: a helper may
// have been within a loop, or within TBB. It computes alone and touches neither.
Shared::Shared() : crew(&crews.try_emplace(bound, bound).first->second) {
  pthread_atfork([] { shared().mutex.lock(); }, [] { shared().mutex.unlock(); },
                 [] {
                   shared().alone = shared().hired;
                   shared().mutex.unlock();
                 });
}

constinit thread_local const UseArena* current_arena = nullptr;
constinit thread_local bool within_loop = false, stays_alone = false;
constinit std::atomic<bool> counting{false};

// One loop. Its chunks are cut into as many parts as threads serve it; a thread takes those of its
// own part in ascending order and then what is left of the others'. The part follows from the
// thread's place in the arena, so that of loops over the same memory, one after another, a thread
// mostly meets what lies in its own cache. When a chunk throws, lower ones still run and higher
// ones no longer begin: the lowest error is found without running the rest.
class Loop {
 public:
  Loop(std::int64_t chunks, int threads, void (*body)(void*, std::int64_t), void* context)
      : failed_(chunks),
        helpers_(static_cast<int>(std::min<std::int64_t>(chunks, threads))),
        parts_(std::min(helpers_, most_parts)),
        body_(body),
        context_(context) {
    mode_.random = &no_stream;
    for (int i = 0; i < parts_; ++i) {
      part_[i].next = chunks * i / parts_;
      part_[i].end = chunks * (i + 1) / parts_;
    }
  }

  void drain(int place) noexcept {
    // Directly in the caller's wait its own slots serve; deeper down they may be in use.
    const bool in_wait = current_scratch() == &others_;
    if (in_wait) exchange_scratch(scratch_);
    const Mode saved_mode = current_mode;
    const UseArena* const saved_arena = current_arena;
    current_mode = mode_;
    current_arena = arena_;
    const bool saved_within = std::exchange(within_loop, true);
    bool ran = false;
    for (int i = 0; i < parts_; ++i) {
      Part& part = part_[(place + i) % parts_];
      for (;;) {
        const std::int64_t chunk = part.next.fetch_add(1, std::memory_order_relaxed);
        if (chunk >= std::min(part.end, failed_.load(std::memory_order_relaxed))) break;
        if (!ran && counting.load(std::memory_order_relaxed)) count();
        ran = true;
        try {
          body_(context_, chunk);
        } catch (...) {
          keep_lowest(chunk);
        }
      }
    }
    current_mode = saved_mode;
    current_arena = saved_arena;
    within_loop = saved_within;
    if (in_wait) exchange_scratch(&others_);
  }

  // In the arena, or by the crew; where another loop is served, in the crew's arena.
  void run_in(const UseArena* arena, Crew* crew) {
    const auto serve = [](void* loop, int place) { static_cast<Loop*>(loop)->drain(place); };
    if (crew && crew->serve(serve, this, helpers_ - 1)) return;
    // Where an arena has no place left its caller waits, and may be given chunks of other loops:
    // they must not meet the slots that this call holds.
    struct Restore {
      Scratch* scratch;
      ~Restore() { exchange_scratch(scratch); }
    } const restore{scratch_ = exchange_scratch(&others_)};
#ifdef ATTUNE_STD_THREADS
    static_cast<void>(arena), static_cast<void>(crew);
    run();
#else
    const auto body = [](void* context) { static_cast<Loop*>(context)->run(); };
    arena ? arena->execute(body, this) : crew->execute(body, this);
#endif
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void run() {
#ifdef ATTUNE_STD_THREADS
    {
      std::vector<std::jthread> started;
      for (int i = 1; i < helpers_; ++i) started.emplace_back([this, i] { drain(i); });
      drain(0);
    }
#else
    // A context of its own: cancelling a task group around this call must not lose chunks.
    tbb::task_group_context alone(tbb::task_group_context::isolated);
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          0, helpers_, [this](int) { drain(tbb::this_task_arena::current_thread_index()); },
          tbb::simple_partitioner(), alone);
    });
#endif
  }

  // Waits with a thread's first chunk until as many threads hold one as may: the first to come is
  // often through before the others wake. Not in a loop within a chunk of another, whose threads
  // may be the ones to wait for: none of its own need come.
  void count() {
    {
      const std::lock_guard lock(shared().count_mutex);
      shared().seen.insert(std::this_thread::get_id());
      if (nested_) return;
      shared().widest = std::max(shared().widest, helpers_);
    }
    ++holders_;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    while (holders_ < helpers_ && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  void keep_lowest(std::int64_t chunk) {
    const std::lock_guard lock(mutex_);
    if (chunk >= failed_.load(std::memory_order_relaxed)) return;
    failed_.store(chunk, std::memory_order_relaxed);
    error_ = std::current_exception();
  }

  // More threads than this share parts.
  static constexpr int most_parts = 64;
  struct alignas(64) Part {
    std::atomic<std::int64_t> next;
    std::int64_t end;
  };

  std::atomic<std::int64_t> failed_;  // the lowest chunk that threw, or all
  const int helpers_, parts_;
  void (*const body_)(void*, std::int64_t);
  void* const context_;
  const bool nested_ = within_loop;
  std::atomic<int> holders_{0};  // of a first chunk, while threads are counted
  Mode mode_ = current_mode;
  const UseArena* const arena_ = current_arena;
  Part part_[most_parts];
  Scratch* scratch_ = nullptr;  // the caller's slots
  Scratch others_;              // and those of what it runs while it waits
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void parallel_for(std::int64_t chunks, std::int64_t work, void (*body)(void*, std::int64_t),
                  void* context) {
  if (chunks <= 0) return;
  const UseArena* const arena = current_arena;
  Crew* const crew = arena ? nullptr : shared().crew.load();
  int size = 1;
  if (chunks > 1 && work >= serial_work && !stays_alone && !shared().alone)
    size = arena ? arena->size() : crew->threads();
  if (size == 1) {
    const NoStream guard;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(context, chunk);
    return;
  }
  if (!shared().hired.load(std::memory_order_relaxed)) shared().hired = true;
  Loop loop(chunks, size, body, context);
  loop.run_in(arena, crew);
  loop.rethrow();
}

StayAlone::StayAlone(std::int64_t chunks) noexcept
    : saved_(std::exchange(stays_alone, stays_alone || chunks >= threads())) {}
StayAlone::~StayAlone() { stays_alone = saved_; }

CountThreads::CountThreads() {
  if (counting.exchange(true))
    fail(ErrorKind::state, "CountThreads", "another one is counting: one at a time");
  reset();
}

CountThreads::~CountThreads() { counting = false; }

int CountThreads::distinct() const {
  const std::lock_guard lock(shared().count_mutex);
  return static_cast<int>(shared().seen.size());
}

int widest_loop() {
  const std::lock_guard lock(shared().count_mutex);
  return shared().widest;
}

void CountThreads::reset() {
  const std::lock_guard lock(shared().count_mutex);
  shared().widest = 0;
  shared().seen.clear();
}

}  // namespace internal

void threads(int n) {
  constexpr int most = 1024;  // TBB sets memory aside for each
  if (n < 1)
    internal::fail(ErrorKind::value, "threads",
                   "the caller's own thread counts, so {} is too few: give 1 or more", n);
  if (n > most)
    internal::fail(ErrorKind::value, "threads", "{} are more than the {} that attune takes", n,
                   most);
  internal::Shared& shared = internal::shared();
  if (shared.alone && n > 1)
    internal::fail(
        ErrorKind::state, "threads",
        "{} threads in a process that fork() made of one whose threads had begun: they do "
        "not exist here. Fork before the first computation, or start a program by exec",
        n);
  if (shared.alone) return;
  const std::lock_guard lock(shared.mutex);
  // TBB starts no more threads than the machine has cores, whatever an arena asks, unless a
  // global_control raises the bound. It is never lowered again: the arena is the limit then.
  if (n > shared.bound) {
    shared.control = std::make_unique<tbb::global_control>(
        tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(n));
    shared.bound = n;
  }
  shared.crew = &shared.crews.try_emplace(n, n).first->second;
}

int threads() {
  if (internal::shared().alone) return 1;
  return internal::current_arena ? internal::current_arena->size()
                                 : internal::shared().crew.load()->threads();
}

UseArena::UseArena(void* object, Execute run)
    : object_(object), execute_(run), outer_(internal::current_arena) {
  execute([](void* size) { *static_cast<int*>(size) = tbb::this_task_arena::max_concurrency(); },
          &size_);
  internal::current_arena = this;
}

UseArena::~UseArena() { internal::current_arena = outer_; }

}  // namespace attune
