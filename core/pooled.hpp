// Memory from the pool that is no tensor's: counted, and held against the limit, as the elements of
// tensors are, and had without the heap once blocks of its size wait in the thread's cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/storage.hpp"

namespace attune::internal {

// Elements for the length of a scope, such as the partial sums of chunks: 64-byte aligned,
// uninitialized. Error (memory) in the name of `operation`.
template <class T>
class Pooled {
 public:
  Pooled(std::int64_t elements, const char* operation)
      : bytes_(static_cast<std::size_t>(elements) * sizeof(T)),
        data_(pool_allocate(bytes_, operation)) {}
  Pooled(const Pooled&) = delete;
  Pooled& operator=(const Pooled&) = delete;
  ~Pooled() { pool_free(data_, bytes_); }
  T* get() const { return static_cast<T*>(data_); }

 private:
  std::size_t bytes_;
  void* data_;
};

template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}  // NOLINT
  T* allocate(std::size_t n) { return static_cast<T*>(pool_allocate(n * sizeof(T))); }
  void deallocate(T* block, std::size_t n) noexcept { pool_free(block, n * sizeof(T)); }
  template <class U>
  bool operator==(const PoolAllocator<U>&) const noexcept {
    return true;
  }
};

// What an operation plans, and what its derivatives share.
template <class T>
using PooledList = std::vector<T, PoolAllocator<T>>;

template <class T>
std::shared_ptr<T> make_pooled(T value) {
  return std::allocate_shared<T>(PoolAllocator<T>(), std::move(value));
}

}  // namespace attune::internal
