// The buffers behind scratch.hpp, blocks of the pool.
#include "core/scratch.hpp"

#include <utility>

#include "core/storage.hpp"

namespace attune::internal {
namespace {

thread_local Scratch own;
constinit thread_local Scratch* current = nullptr;

}  // namespace

void Scratch::Buffer::release() noexcept {
  if (data) pool_free(data, bytes);
  data = nullptr;
  bytes = 0;
}

Scratch::~Scratch() {
  for (Buffer& buffer : buffers_) buffer.release();
}

void* Scratch::get(std::size_t bytes, int slot, const char* operation) {
  Buffer& buffer = buffers_[slot];
  if (bytes > buffer.bytes) {
    buffer.release();
    buffer.data = pool_allocate(bytes, operation);
    buffer.bytes = bytes;
  }
  return buffer.data;
}

void* scratch(std::size_t bytes, int slot, const char* operation) {
  return (current ? *current : own).get(bytes, slot, operation);
}

Scratch* exchange_scratch(Scratch* next) noexcept { return std::exchange(current, next); }

Scratch* current_scratch() noexcept { return current; }

}  // namespace attune::internal
