// What tests of parallel loops share: work enough for all threads, a number of threads that holds
// for a scope, and an error that names the chunk it comes from.
#pragma once

#include <attune/threads.hpp>
#include <cstdint>
#include <stdexcept>

namespace attune::tests {

inline constexpr std::int64_t much = std::int64_t{1} << 40;

struct Threads {
  explicit Threads(int n) : before(threads()) { threads(n); }
  ~Threads() { threads(before); }
  int before;
};

struct Failure : std::runtime_error {
  explicit Failure(std::int64_t c) : std::runtime_error("chunk"), chunk(c) {}
  std::int64_t chunk;
};

}  // namespace attune::tests
