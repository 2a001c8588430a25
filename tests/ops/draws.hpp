// Numbers that a test draws, the same in each run: sizes and elements of its problems.
#pragma once

#include <attune/ops/creation.hpp>
#include <attune/tensor.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace attune::tests {

class Draws {
 public:
  explicit Draws(unsigned seed) : generator_(seed) {}

  // From low to high, both included.
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(generator_);
  }

  // Of f64, between -1 and 1.
  Tensor tensor(const Shape& shape) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> elements(static_cast<std::size_t>(shape.numel()));
    for (double& element : elements) element = uniform(generator_);
    return attune::tensor(elements, shape);
  }

 private:
  std::mt19937 generator_;
};

}  // namespace attune::tests
