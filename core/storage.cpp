// The pool: free blocks by size class, small ones kept by the thread that freed them, the rest
// shared.
#include "core/storage.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <utility>

#include "attune/memory.hpp"
#include "core/fail.hpp"
#include "core/memory_count.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define ATTUNE_EXACT_BLOCKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ATTUNE_EXACT_BLOCKS 1
#endif
#endif
#ifndef ATTUNE_EXACT_BLOCKS
#define ATTUNE_EXACT_BLOCKS 0
#endif

namespace attune::internal {
namespace {

constexpr std::size_t alignment = 64;
// Four classes per power of two: at most a quarter of a block is slack.
constexpr int class_count = 4 * 42;
// Blocks from two huge pages on begin at one, so that the system may map them whole: a product of
// 512^3 reads its operands 6 % faster, and a first touch costs one fault in 512.
constexpr std::size_t huge_page = 2u << 20;
constexpr std::size_t small_bytes = 128u << 10;  // larger blocks go to the shared lists at once
constexpr std::size_t thread_budget = 4u << 20;  // bytes that one thread keeps
// Behind a small block: kernels end rows by masked loads and stores as wide as this. Where their
// masked lanes lie in a page that nobody has touched, each costs some 200 ns.
constexpr std::size_t masked_bytes = 64;

// The storage before a tensor's elements. Large blocks have room for it besides: a tensor of 64 MiB
// would otherwise take one of 80.
constexpr std::size_t header_bytes = 64;

constexpr int class_of(std::size_t bytes) noexcept {
  const std::size_t size = bytes > small_bytes ? std::max(bytes - header_bytes, small_bytes + 1)
                                               : std::max(bytes, alignment);
  const int power = std::bit_width(size - 1);  // 2^(power-1) < size <= 2^power
  const std::size_t base = std::size_t{1} << (power - 1);
  const std::size_t quarter = (size - base + base / 4 - 1) >> (power - 3);  // 1..4
  return 4 * (power - 6) + static_cast<int>(quarter) - 1;
}

constexpr std::size_t class_bytes(int size_class) noexcept {
  const std::size_t base = std::size_t{1} << (size_class / 4 + 5);
  const std::size_t size = base + base / 4 * (static_cast<std::size_t>(size_class % 4) + 1);
  return size > small_bytes ? size + header_bytes : size;
}

static_assert(class_bytes(class_of(1)) == 64 && class_bytes(class_of(64)) == 64);
static_assert(class_bytes(class_of(65)) == 80 && class_bytes(class_of(129)) == 160);
static_assert(class_bytes(class_of(4096)) == 4096 && class_bytes(class_of(4097)) == 5120);
static_assert(class_bytes(class_of(small_bytes)) == small_bytes);
static_assert(class_bytes(class_of(small_bytes + 1)) == small_bytes / 4 * 5 + header_bytes);
static_assert(class_bytes(class_of((1 << 26) + header_bytes)) == (1 << 26) + header_bytes);

struct Block {
  Block* next;
};

// The lists that all threads share. Never destroyed: tensors with static storage duration may
// outlive every static object of this file.
struct Shared {
  std::mutex mutex;
  Block* free[class_count] = {};
};

Shared& shared() {
  static Shared* const lists = new Shared;
  return *lists;
}

void give_back(void* block, std::size_t bytes) noexcept {
  counted.held.fetch_sub(bytes, std::memory_order_relaxed);
  std::free(block);
}

constinit thread_local bool exhausted = false;  // see NoNewMemory

// `asked` of the block's bytes are what the caller wants.
void* from_system(std::size_t bytes, std::size_t asked, const char* operation) {
  if (!counted.reserve(bytes)) {
    trim_memory();
    if (!counted.reserve(bytes)) counted.fail_limit(bytes, asked, operation);
  }
  void* block = nullptr;
  const bool huge = bytes >= 2 * huge_page && !ATTUNE_EXACT_BLOCKS;
  const std::size_t start = huge ? huge_page : alignment;
  const std::size_t tail = bytes <= small_bytes && !ATTUNE_EXACT_BLOCKS ? masked_bytes : 0;
  const auto refused = [&] {
    return exhausted || posix_memalign(&block, start, bytes + tail) != 0;
  };
  if (refused()) {
    trim_memory();
    if (refused()) {
      const std::size_t others = counted.held.fetch_sub(bytes) - bytes;
      fail(ErrorKind::memory, operation,
           "{} bytes cannot be had; tensors hold {} bytes: use smaller batches or free tensors",
           asked, others);
    }
  }
  if (tail > 0) std::memset(static_cast<std::byte*>(block) + bytes, 0, tail);
#if defined(MADV_HUGEPAGE)
  if (huge) madvise(block, bytes, MADV_HUGEPAGE);  // a wish: pages of 4 KiB do as well
#endif
  counted.note_held();
  counted.note_use();
  return block;
}

struct ThreadCache {
  Block* free[class_count] = {};
  Block* last[class_count];  // of a list that is not empty
  std::size_t bytes = 0;

  void push(Block* block, int size_class) noexcept {
    if (!free[size_class]) last[size_class] = block;
    block->next = free[size_class];
    free[size_class] = block;
    bytes += class_bytes(size_class);
  }

  // Lists move whole: most of their blocks have left the processor's caches.
  void flush() noexcept {
    Shared& all = shared();
    const std::lock_guard lock(all.mutex);
    for (int c = 0; c < class_count; ++c) {
      if (!free[c]) continue;
      last[c]->next = all.free[c];
      all.free[c] = std::exchange(free[c], nullptr);
    }
    counted.cached.fetch_add(bytes, std::memory_order_relaxed);
    bytes = 0;
  }
};

// `cache` is read on every allocation and so has no guard; the Owner behind it is made once per
// thread and clears it when the thread ends.
[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadCache* cache = nullptr;
[[gnu::tls_model("initial-exec")]] constinit thread_local bool thread_ended = false;

// On the heap: memory of threads is scarce for who loads the library while the program runs.
struct Owner {
  std::unique_ptr<ThreadCache> lists{new (std::nothrow) ThreadCache};
  Owner() { cache = lists.get(); }
  ~Owner() {
    cache = nullptr;
    thread_ended = true;
    if (lists) lists->flush();
  }
};

ThreadCache* thread_cache() {
  if (cache || thread_ended) return cache;
  thread_local Owner owner;
  return cache;
}

}  // namespace

NoNewMemory::NoNewMemory() noexcept { exhausted = true; }
NoNewMemory::~NoNewMemory() { exhausted = false; }

void* pool_allocate(std::size_t bytes, const char* operation) {
  if (bytes > (std::size_t{1} << 46)) {
    fail(ErrorKind::memory, operation, "{} bytes are more than any machine has: check the shape",
         bytes);
  }
  if constexpr (ATTUNE_EXACT_BLOCKS)
    return from_system(std::max<std::size_t>(bytes, 1), bytes, operation);
  const int size_class = class_of(bytes);
  const std::size_t size = class_bytes(size_class);
  if (size <= small_bytes) {
    if (ThreadCache* own = thread_cache()) {
      if (Block* block = own->free[size_class]) {
        own->free[size_class] = block->next;
        own->bytes -= size;
        return block;
      }
    }
  }
  Shared& all = shared();
  {
    const std::lock_guard lock(all.mutex);
    if (Block* block = all.free[size_class]) {
      all.free[size_class] = block->next;
      counted.cached.fetch_sub(size, std::memory_order_relaxed);
      counted.note_use();
      return block;
    }
  }
  return from_system(size, bytes, operation);
}

void pool_free(void* memory, std::size_t bytes) noexcept {
  if constexpr (ATTUNE_EXACT_BLOCKS) return give_back(memory, std::max<std::size_t>(bytes, 1));
  const int size_class = class_of(bytes);
  const std::size_t size = class_bytes(size_class);
#ifndef NDEBUG
  std::memset(memory, 0xFF, size);  // NaN to whoever still reads it
#endif
  Block* const block = static_cast<Block*>(memory);
  if (size <= small_bytes) {
    if (ThreadCache* own = thread_cache()) {
      if (own->bytes > thread_budget) own->flush();
      own->push(block, size_class);
      return;
    }
  }
  Shared& all = shared();
  const std::lock_guard lock(all.mutex);
  block->next = all.free[size_class];
  all.free[size_class] = block;
  counted.cached.fetch_add(size, std::memory_order_relaxed);
}

static_assert(sizeof(Storage) <= header_bytes);

Storage* Storage::make(std::size_t bytes, const char* operation) {
  void* const block = pool_allocate(header_bytes + bytes, operation);
  Storage* const storage = new (block) Storage;
  storage->data = static_cast<std::byte*>(block) + header_bytes;
  storage->bytes = bytes;
  return storage;
}

Storage* Storage::adopt(void* data, std::size_t bytes, void (*release)(void*), void* owner) {
  Storage* const storage = make(0);
  storage->data = static_cast<std::byte*>(data);
  storage->bytes = bytes;
  storage->foreign = true;
  storage->release_foreign = release;
  storage->owner = owner;
  return storage;
}

void Storage::destroy() noexcept {
  if (release_foreign) release_foreign(owner);
  const std::size_t size = header_bytes + (foreign ? 0 : bytes);
  this->~Storage();
  pool_free(this, size);
}

}  // namespace attune::internal

namespace attune {

MemoryFigures memory_figures() noexcept {
  using internal::counted;
  const std::size_t own = internal::cache ? internal::cache->bytes : 0;
  return {counted.held.load(), counted.cached.load() + own, counted.peak.load(),
          counted.peak_used.load()};
}

void trim_memory() noexcept {
  using namespace internal;
  if (cache) cache->flush();
  Shared& all = shared();
  const std::lock_guard lock(all.mutex);
  for (int c = 0; c < class_count; ++c) {
    while (Block* block = all.free[c]) {
      all.free[c] = block->next;
      counted.cached.fetch_sub(class_bytes(c), std::memory_order_relaxed);
      give_back(block, class_bytes(c));
    }
  }
}

}  // namespace attune
