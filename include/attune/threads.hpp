// How many threads attune computes on, and in whose arena. The numbers computed do not depend on
// it.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>

namespace attune {

// Sets the number of threads of attune's arena, the caller's included, for loops that begin from
// now on. 1 <= n <= 1024; more than the machine has cores is honoured (n threads run).
// Default: one per core this process may use. Error (value) for another n.
// A child of fork() has none of its parent's threads: where a loop of the parent had used some, the
// child computes on the caller alone, the same bits, and n > 1 is an Error (state) there. Fork
// before the first computation, or start a program by exec.
// On Linux a helper that wakes on the core of who woke it moves off it by sched_setaffinity on
// itself, and back: a seccomp filter must not end the process for that call.
ATTUNE_API void threads(int n);

// The number of threads that a loop begun here may use: that of the innermost UseArena of this
// thread, otherwise that of attune's arena.
ATTUNE_API int threads();

// Inside the scope the calling thread's loops run in the caller's arena instead of attune's:
//   tbb::task_arena arena(4);
//   attune::UseArena use(arena);
// `arena` is any object whose execute(f) calls f() on a thread of a TBB arena and returns when it
// is done; it outlives the scope. An arena larger than the machine needs a tbb::global_control of
// its owner's, as always with TBB.
class [[nodiscard]] UseArena {
 public:
  template <class Arena>
  explicit UseArena(Arena& arena)
      : UseArena(&arena, [](void* object, void (*body)(void*), void* context) {
          static_cast<Arena*>(object)->execute([=] { body(context); });
        }) {}
  ATTUNE_API ~UseArena();
  UseArena(const UseArena&) = delete;
  UseArena& operator=(const UseArena&) = delete;

  // For the library: calls body(context) inside the arena.
  void execute(void (*body)(void*), void* context) const { execute_(object_, body, context); }
  int size() const noexcept { return size_; }  // threads of the arena, the caller's included

 private:
  using Execute = void (*)(void* object, void (*body)(void*), void* context);
  ATTUNE_API UseArena(void* object, Execute execute);

  void* object_;
  Execute execute_;
  int size_ = 1;
  const UseArena* outer_;
};

}  // namespace attune
