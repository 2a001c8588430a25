// Seconds that only go forward, for figures and intervals; never for a result.
#pragma once

#include <chrono>

namespace attune::internal {

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace attune::internal
