// What the ways of convolution share where they cut their work: divisions upwards, cache lines, the
// length of a sum, working memory.
#pragma once

#include <cstdint>

#include "core/scratch.hpp"

namespace attune::internal {

// A sum is cut after so many bytes of terms, as the matrix product cuts it; a panel of weights over
// them stays in the first-level cache.
inline constexpr std::int64_t sum_bytes = 1536;

constexpr std::int64_t up(std::int64_t n, std::int64_t part) { return (n + part - 1) / part; }
constexpr std::int64_t round_up(std::int64_t n, std::int64_t part) { return up(n, part) * part; }

template <class T>
inline constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));  // elements

template <class T>
T* memory(std::int64_t elements, int slot) {
  return static_cast<T*>(scratch(static_cast<std::size_t>(elements) * sizeof(T), slot));
}

}  // namespace attune::internal
