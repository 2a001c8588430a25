// Elements from the pool for the length of a scope, such as the partial sums of chunks: counted,
// and held against the limit, as the elements of tensors are.
#pragma once

#include <cstdint>

#include "core/storage.hpp"

namespace attune::internal {

// 64-byte aligned, uninitialized. Error (memory) in the name of `operation`.
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

}  // namespace attune::internal
