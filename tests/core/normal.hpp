// Normally distributed numbers, the same in each run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace attune::tests {

template <class T>
std::vector<T> normal(std::int64_t count, T mean, T deviation, unsigned seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<T> draw(mean, deviation);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& value : values) value = draw(bits);
  return values;
}

}  // namespace attune::tests
