// What is counted of the pool's memory, for figures and against the limit. Knows no block.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>

namespace attune::internal {

struct MemoryCount {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  std::atomic<std::size_t> held{0};    // had from the system
  std::atomic<std::size_t> cached{0};  // of these, in the free blocks that threads share
  std::atomic<std::size_t> peak{0};
  std::atomic<std::size_t> peak_used{0};  // of held - cached
  std::atomic<std::size_t> limit{no_limit};

  // Counts bytes as held, unless that would be beyond the limit.
  bool reserve(std::size_t bytes) noexcept;
  // Raise the peaks to what there is now.
  void note_held() noexcept;
  void note_use() noexcept;
  // `asked` of a block's bytes were what the caller wanted.
  [[noreturn]] void fail_limit(std::size_t bytes, std::size_t asked, const char* operation) const;
};

extern MemoryCount counted;

}  // namespace attune::internal
