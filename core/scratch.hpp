// Working memory of a thread for the length of one kernel call. Not storage of tensors.
#pragma once

#include <cstddef>

namespace attune::internal {

// 0, 1 and 3: the matrix product, 2: its callers.
inline constexpr int scratch_slots = 4;

// At least `bytes` bytes, 64-byte aligned, uninitialized; valid until this thread asks for the same
// slot again. Grows and is kept until the thread ends. REQUIRES: 0 <= slot < scratch_slots.
// Error (memory) as pool_allocate; the slot is then empty.
void* scratch(std::size_t bytes, int slot);

}  // namespace attune::internal
