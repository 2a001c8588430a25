// Working memory of a thread for the length of one kernel call. Not storage of tensors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace attune::internal {

// 0, 1 and 3: the matrix product, 2 and 4: its callers. Convolution: 0, 1 and 2, but across a
// product that it calls (core/conv_winograd_weight.cpp) only 2 and 4. Pooling: 0 and 1.
inline constexpr int scratch_slots = 5;

// At least `bytes` bytes, 64-byte aligned, uninitialized; valid until this thread asks for the same
// slot again. Grows and is kept until the thread ends. REQUIRES: 0 <= slot < scratch_slots.
// Error (memory) in the name of `operation`, as pool_allocate; the slot is then empty.
void* scratch(std::size_t bytes, int slot, const char* operation = "allocate");

template <class T>
T* scratch_of(std::int64_t elements, int slot, const char* operation = "allocate") {
  return static_cast<T*>(scratch(static_cast<std::size_t>(elements) * sizeof(T), slot, operation));
}

// A set of slots. A thread has one of its own; while it waits in the middle of a call it may be
// given other work, which then needs another.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  void* get(std::size_t bytes, int slot, const char* operation);

 private:
  struct Buffer {
    void* data = nullptr;
    std::size_t bytes = 0;
    void release() noexcept;
  };
  Buffer buffers_[scratch_slots];
};

// From now on scratch() gives this thread the slots of `next`, or its own for null; returns those
// that it gave so far. REQUIRES: next outlives that.
Scratch* exchange_scratch(Scratch* next) noexcept;
Scratch* current_scratch() noexcept;

}  // namespace attune::internal
