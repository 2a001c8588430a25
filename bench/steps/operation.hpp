// Single operations, written once for all libraries: a list is a template over a struct that makes
// tensors and runs functions of them (attune/operation.hpp, libtorch/operation.hpp). The operations
// themselves have the same names in all and are found by their arguments' namespace.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

using Sizes = std::vector<std::int64_t>;

inline std::size_t elements(const Sizes& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return static_cast<std::size_t>(count);
}

// `prepare` makes the inputs and returns a Step; nothing is made of works that are not run.
template <class Prepare>
Work operation(std::string name, Prepare prepare, double bound = 1e-5) {
  return {.name = std::move(name),
          .calls = 1,
          .bound = bound,
          .flops = 0,
          .prepare = std::move(prepare),
          .together = true,
          .detail = true};
}

// A work on `large` tensors: how many of them it cannot but read and write, and how many times as
// fast as its peers it is meant to be, 0 where nothing is promised; with it goes a bar of scaling.
inline Work moving(double read, double written, Work work, double ratio = 0) {
  constexpr double bytes = 4.0 * 4096 * 1024;
  work.bytes_read = read * bytes;
  work.bytes_written = written * bytes;
  work.bars.ratio = ratio;
  work.bars.scaling = operation_scaling(ratio);
  work.detail = false;
  return work;
}

inline const Sizes large{4096, 1024}, middle{1024, 1024};  // 16 and 4 MiB of f32

}  // namespace bench
