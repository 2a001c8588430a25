// Figures of the memory that tensors use, a limit to it, and a way to give the unused part back. A
// freed block waits in the pool for the next tensor of its size, within a quarter, until
// trim_memory() or until the system has no memory left: a program whose sizes keep changing calls
// it now and then.
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
  // The largest `held` - `cached` since then, to within the 4 MiB that a thread may keep for
  // itself: what the work at its widest needs.
  std::size_t peak_used = 0;
};

// A snapshot; other threads may change it meanwhile, and `cached` counts of the free blocks that
// threads keep for themselves only those of the calling one.
ATTUNE_API MemoryFigures memory_figures() noexcept;
ATTUNE_API void reset_peak_memory() noexcept;

// The most bytes that attune may have from the system for tensors and graphs, free blocks included;
// 0, the default, means no limit. What would go beyond it first trims and is then refused: Error
// (memory) with the bytes asked for and those available. A limit below what is held takes nothing
// away. The numbers and indices of a model in std containers, and files that are read, are not
// counted.
ATTUNE_API void memory_limit(std::size_t bytes) noexcept;
ATTUNE_API std::size_t memory_limit() noexcept;

// Gives the free blocks of the shared lists and of the calling thread back to the system.
ATTUNE_API void trim_memory() noexcept;

}  // namespace attune
