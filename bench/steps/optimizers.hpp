// A step of an optimizer on ten million parameters of f32, in one tensor. The gradient stays.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench::optimizers {

inline constexpr std::int64_t rows = 2500, columns = 4000, parameters = rows * columns;
inline constexpr double rate = 1e-3, momentum = 0.9;

inline std::vector<float> values() { return numbers(1, parameters, -1, 1); }
inline std::vector<float> gradient() { return numbers(2, parameters, -0.01F, 0.01F); }

// `states` of a parameter are read and written, like itself; its gradient is read. A step that is
// checked, as attune's are unless told otherwise, changes nothing where a gradient is not finite:
// it reads all of them before it writes, which is no part of the bytes here, and so beyond the bar
// where memory is far. The peers' steps are not checked.
inline Work work(const std::string& rule, int states, bool checked, std::function<Step()> prepare) {
  constexpr double of_bandwidth = 0.9;
  return {.name = "optimizer/" + rule + "_10m" + (checked ? "" : "_unchecked"),
          .calls = 3,
          .bound = 1e-5,
          .flops = 0,
          .prepare = std::move(prepare),
          .bytes_read = 4.0 * (2 + states) * parameters,
          .bytes_written = 4.0 * (1 + states) * parameters,
          .bars = {.of_limit = 1 / of_bandwidth, .of_limit_threads = 1 / of_bandwidth}};
}

}  // namespace bench::optimizers
