// The threads of attune's arena. A thread that has served a loop stays for a moment: the next loop
// reaches it by one cache line, where a task of TBB takes 2 us to arrive and 15 us to wake a thread
// that sleeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace attune::internal {

// One loop at a time; helpers are hired from TBB when a loop begins and too few are there. A crew
// lives as long as the process: one of them may come at any time.
class Crew {
 public:
  explicit Crew(int threads);
  ~Crew();

  int threads() const { return threads_; }  // the caller's included

  // Calls body(context) within the arena that helpers are hired from, for a loop that finds the
  // crew at work.
  void execute(void (*body)(void*), void* context);

  // Calls drain(loop, 0) on this thread and drain(loop, place), place >= 1, on others as they
  // come, of whom `helpers` are called and more may still be here; returns when all have returned,
  // or at once and false while another loop is served. drain does not throw. A thread that comes
  // when the caller is through is not waited for.
  bool serve(void (*drain)(void* loop, int place), void* loop, int helpers);

 private:
  struct Arena;
  void hire(int most);
  void start();
  void stay(int place);
  bool next_turn(std::uint64_t seen) const;

  const int threads_;
  const bool patient_;  // every thread has a core of its own to wait on
  const std::unique_ptr<Arena> arena_;
  std::atomic<bool> busy_{false};
  // Helpers of the loop that is served, 0 after it; those who are hired and have not left.
  std::atomic<int> wanted_{0}, present_{0};
  std::atomic<int> core_{-1};                       // of who hired last
  alignas(64) std::atomic<std::uint64_t> turn_{0};  // of the last loop
  std::atomic<void (*)(void*, int)> drain_{nullptr};
  std::atomic<void*> loop_{nullptr};
  alignas(64) std::atomic<int> within_{0};  // helpers who may hold the loop
};

}  // namespace attune::internal
