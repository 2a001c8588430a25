// What the ways of convolution share where they cut their work: divisions upwards, cache lines, the
// length of a sum, a row too long for one piece.
#pragma once

#include <algorithm>
#include <cstdint>

namespace attune::internal {

// A sum is cut after so many bytes of terms at the latest, as the matrix product cuts it.
inline constexpr std::int64_t sum_bytes = 1536;

constexpr std::int64_t up(std::int64_t n, std::int64_t part) { return (n + part - 1) / part; }
constexpr std::int64_t round_up(std::int64_t n, std::int64_t part) { return up(n, part) * part; }

template <class T>
inline constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));  // elements

// `count` positions in pieces of nearly equal length, `most` at most. No shorter than what two
// pieces read in common, nor than some tiles.
inline std::int64_t strip(std::int64_t count, std::int64_t most, std::int64_t common) {
  constexpr std::int64_t least = 64;
  return up(count, up(count, std::max({most, common, least})));
}

}  // namespace attune::internal
