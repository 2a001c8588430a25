// Works whose arithmetic is nothing beside what a library does around it: one element, a net of 30
// parameters, the course's run.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

// The sum of two numbers, without a graph.
inline Work one_operation(std::function<Step()> prepare) {
  return {.name = "one_operation",
          .calls = 1,
          .bound = 0,
          .flops = 0,
          .prepare = std::move(prepare),
          .bars = {.seconds = 100e-9}};
}

// y = x, ten times y = tanh(w y), and the gradients by x and w; f32.
inline Work twenty_operations(std::function<Step()> prepare) {
  return {.name = "twenty_operations",
          .calls = 1,
          .bound = 1e-5,
          .flops = 0,
          .prepare = std::move(prepare),
          .bars = {.seconds = 8e-6}};
}

// 2-5-2-1 with relu between, mean binary cross-entropy of the logits, one step on a batch; f32.
namespace small_net {
inline constexpr std::int64_t widths[] = {2, 5, 2, 1}, batch = 64;
inline constexpr double rate = 7e-4, momentum = 0.9;
inline Work work(const std::string& rule, std::function<Step()> prepare) {
  return {"small_net/" + rule, 10, 1e-5, 0, std::move(prepare)};
}
}  // namespace small_net

// The same net in f64, by Adam, over 300 samples in batches of 64 that NumPy shuffles. A call is an
// epoch, 5 steps, of the course's 10 000.
namespace course {
inline constexpr std::int64_t samples = 300, batch = 64;
inline constexpr double rate = 7e-4, epochs = 10'000, seconds = 0.7;
inline constexpr unsigned first_seed = 11;
inline Work work(std::function<Step()> prepare) {
  return {.name = "course_adam",
          .calls = 100,
          .bound = 1e-9,
          .flops = 0,
          .prepare = std::move(prepare),
          .bars = {.seconds = seconds / epochs}};
}

// Two half circles, as x and y, with some noise; the upper one's class is 0.
struct Moons {
  std::vector<double> x, y;
};
inline Moons moons() {
  const std::vector<float> noise = numbers(3, 2 * samples, -0.3F, 0.3F);
  Moons moons;
  for (std::int64_t i = 0; i < samples; ++i) {
    const bool upper = i % 2 == 0;
    const double angle = std::numbers::pi * static_cast<double>(i) / samples;
    const auto at = static_cast<std::size_t>(2 * i);
    moons.x.push_back((upper ? std::cos(angle) : 1 - std::cos(angle)) + noise[at]);
    moons.x.push_back((upper ? std::sin(angle) : 0.5 - std::sin(angle)) + noise[at + 1]);
    moons.y.push_back(upper ? 0 : 1);
  }
  return moons;
}

// np.random.RandomState(seed).permutation(samples): from the end down, by masked refusal.
inline std::vector<std::int64_t> permutation(unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::int64_t> order(samples);
  std::iota(order.begin(), order.end(), 0);
  for (std::uint32_t last = samples - 1; last > 0; --last) {
    std::uint32_t mask = last;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    std::uint32_t chosen = 0;
    do chosen = static_cast<std::uint32_t>(generator()) & mask;
    while (chosen > last);
    std::swap(order[last], order[chosen]);
  }
  return order;
}
}  // namespace course

}  // namespace bench
