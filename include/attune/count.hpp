// Counts that several threads may change: of handles, references, writes.
//
// Layer: core.
#pragma once

#include <atomic>
#include <cstdint>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace attune::internal {

// Whether the process is known to have one thread.
#if __has_include(<sys/single_threaded.h>)
inline bool has_one_thread() noexcept { return __libc_single_threaded; }
#else
constexpr bool has_one_thread() noexcept { return false; }
#endif

// Adds to a count, modulo 2^32, and returns what it was. As long as the process has one thread, as
// one has whose operations are all too small to be shared, without a lock, like std::shared_ptr of
// the GNU library: a lock takes 5 ns, a quarter of a small product.
inline std::uint32_t add_to_count(std::atomic<std::uint32_t>& count, std::uint32_t change,
                                  std::memory_order order) noexcept {
  if (has_one_thread()) {
    const std::uint32_t before = count.load(std::memory_order_relaxed);
    count.store(before + change, std::memory_order_relaxed);
    return before;
  }
  return count.fetch_add(change, order);
}

// The same, less one.
inline std::uint32_t take_from(std::atomic<std::uint32_t>& count) noexcept {
  return add_to_count(count, ~std::uint32_t{0}, std::memory_order_acq_rel);
}

}  // namespace attune::internal
