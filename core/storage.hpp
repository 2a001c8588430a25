// Reference-counted bytes, 64-byte aligned, recycled by size class.
#pragma once

#include <atomic>
#include <attune/count.hpp>
#include <cstddef>
#include <cstdint>

namespace attune::internal {

// Blocks from per-thread caches over shared lists. `bytes` must be the same at both calls. Throws
// Error (memory) with the bytes asked and held, in the name of `operation`, which must have static
// storage. Under the address sanitizer every block is its own.
void* pool_allocate(std::size_t bytes, const char* operation = "allocate");
void pool_free(void* block, std::size_t bytes) noexcept;

// Elements of one or more tensors. The header stands in front of the bytes, in the same block,
// unless the bytes are foreign (from_blob, a mapped file).
struct Storage {
  std::atomic<std::uint32_t> references{1};
  std::atomic<std::uint32_t> version{0};
  const char* writer = nullptr;  // the operation that last wrote in place
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  void (*release_foreign)(void* owner) = nullptr;
  void* owner = nullptr;
  bool foreign = false;
  std::atomic<std::uint32_t> in_graph{0};  // tensors with these elements that take part in a graph

  static Storage* make(std::size_t bytes, const char* operation = "allocate");
  static Storage* adopt(void* data, std::size_t bytes, void (*release)(void*), void* owner);

  void acquire() noexcept { add_to_count(references, 1, std::memory_order_relaxed); }
  void release() noexcept {
    // Where nobody else refers to it, nobody can begin to: no need to count down with a lock.
    if (references.load(std::memory_order_acquire) == 1 || take_from(references) == 1) destroy();
  }
  // One tensor more, or less, of a graph. Where no other tensor has a part in it, without the cost
  // of an atomic addition.
  void enter_graph() noexcept { count_in_graph(1); }
  void leave_graph() noexcept { count_in_graph(-1); }

 private:
  void count_in_graph(int change) noexcept {
    if (references.load(std::memory_order_acquire) == 1)
      in_graph.store(change > 0, std::memory_order_relaxed);
    else
      add_to_count(in_graph, static_cast<std::uint32_t>(change), std::memory_order_relaxed);
  }
  void destroy() noexcept;
};

// While one lives, its thread gets no new memory from the system, as on a machine that has none
// left: for tests of what an Error (memory) leaves behind.
class NoNewMemory {
 public:
  NoNewMemory() noexcept;
  NoNewMemory(const NoNewMemory&) = delete;
  NoNewMemory& operator=(const NoNewMemory&) = delete;
  ~NoNewMemory();
};

}  // namespace attune::internal
