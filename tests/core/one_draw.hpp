// One draw of a stream, and as many of its numbers as tests of their distribution look at.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace attune::tests {

inline constexpr std::int64_t many = 200000;
inline const internal::Draw sample = internal::draw_of({.seed = 12, .stream = 3, .counter = 4});

inline std::vector<double> normals(const internal::Draw& draw, std::int64_t n = many) {
  std::vector<double> x(n);
  internal::fill_normal(0, 1, x.data(), n, draw);
  return x;
}

}  // namespace attune::tests
