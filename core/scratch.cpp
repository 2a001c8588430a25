// The per-thread buffers behind scratch.hpp.
#include "core/scratch.hpp"

#include <new>

namespace attune::internal {
namespace {

constexpr std::align_val_t alignment{64};

struct Buffer {
  void* data = nullptr;
  std::size_t bytes = 0;

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  void release() {
    ::operator delete(data, alignment);
    data = nullptr;
    bytes = 0;
  }
};

thread_local Buffer buffers[scratch_slots];

}  // namespace

void* scratch(std::size_t bytes, int slot) {
  Buffer& buffer = buffers[slot];
  if (bytes > buffer.bytes) {
    buffer.release();
    buffer.data = ::operator new(bytes, alignment);
    buffer.bytes = bytes;
  }
  return buffer.data;
}

}  // namespace attune::internal
