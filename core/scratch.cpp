// The per-thread buffers behind scratch.hpp, blocks of the pool.
#include "core/scratch.hpp"

#include "core/storage.hpp"

namespace attune::internal {
namespace {

struct Buffer {
  void* data = nullptr;
  std::size_t bytes = 0;

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  void release() noexcept {
    if (data) pool_free(data, bytes);
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
    buffer.data = pool_allocate(bytes);
    buffer.bytes = bytes;
  }
  return buffer.data;
}

}  // namespace attune::internal
