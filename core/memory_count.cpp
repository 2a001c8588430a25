// The figures of memory and its limit.
#include "core/memory_count.hpp"

#include "attune/memory.hpp"
#include "core/fail.hpp"

namespace attune::internal {
namespace {

void raise(std::atomic<std::size_t>& peak, std::size_t value) noexcept {
  std::size_t before = peak.load(std::memory_order_relaxed);
  while (value > before && !peak.compare_exchange_weak(before, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

constinit MemoryCount counted;

void MemoryCount::note_held() noexcept { raise(peak, held.load(std::memory_order_relaxed)); }

void MemoryCount::note_use() noexcept {
  // Read one after the other: a block may be in the second and not in the first any more.
  const std::size_t all = held.load(std::memory_order_relaxed);
  const std::size_t unused = cached.load(std::memory_order_relaxed);
  if (all > unused) raise(peak_used, all - unused);
}

bool MemoryCount::reserve(std::size_t bytes) noexcept {
  const std::size_t most = limit.load(std::memory_order_relaxed);
  std::size_t before = held.load(std::memory_order_relaxed);
  do {
    if (bytes > most || before > most - bytes) return false;
  } while (!held.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  return true;
}

void MemoryCount::fail_limit(std::size_t bytes, std::size_t asked, const char* operation) const {
  const std::size_t most = limit.load(), all = held.load();
  fail(ErrorKind::memory, operation,
       "{} bytes are asked for, a block of {}, and {} are available: tensors and graphs hold {} of "
       "the limit of {}: use smaller batches, free tensors or raise memory_limit",
       asked, bytes, all < most ? most - all : 0, all, most);
}

}  // namespace attune::internal

namespace attune {

using internal::counted;

void reset_peak_memory() noexcept {
  counted.peak.store(counted.held.load());
  counted.peak_used.store(0);
  counted.note_use();
}

void memory_limit(std::size_t bytes) noexcept {
  counted.limit.store(bytes == 0 ? counted.no_limit : bytes);
}

std::size_t memory_limit() noexcept {
  const std::size_t limit = counted.limit.load();
  return limit == counted.no_limit ? 0 : limit;
}

}  // namespace attune
