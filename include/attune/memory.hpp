// Figures of the memory that tensors use, and a way to give the unused part back. A freed block
// waits in the pool for the next tensor of its size, within a quarter, until trim_memory() or until
// the system has no memory left: a program whose sizes keep changing calls it now and then.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <cstddef>

namespace attune {

struct MemoryFigures {
  std::size_t held = 0;    // bytes had from the system: tensors, graphs and free blocks
  std::size_t cached = 0;  // of these, bytes in free blocks kept for the next tensor
  std::size_t peak = 0;    // the largest `held` since the start or reset_peak_memory()
};

// A snapshot; other threads may change it meanwhile, and `cached` counts of the free blocks that
// threads keep for themselves only those of the calling one.
ATTUNE_API MemoryFigures memory_figures() noexcept;
ATTUNE_API void reset_peak_memory() noexcept;
// Gives the free blocks of the shared lists and of the calling thread back to the system.
ATTUNE_API void trim_memory() noexcept;

}  // namespace attune
