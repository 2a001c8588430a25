// Random streams of the data layer. Each purpose mixes a constant of its own into the user's seed,
// so that a shuffle, a split and a model's dropout of one seed draw different numbers.
#pragma once

#include <attune/random.hpp>
#include <cstdint>

namespace attune::data::internal {

enum class Task : std::uint64_t { shuffle = 0x5d1, split = 0x5d2, folds = 0x5d3, function = 0x5d4 };

inline RandomState task_state(Task task, std::uint64_t seed, std::uint64_t stream = 0) {
  return {.seed = seed, .stream = static_cast<std::uint64_t>(task) << 52 ^ stream};
}

}  // namespace attune::data::internal
