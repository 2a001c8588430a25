// Which form of a derivative to compute.
#pragma once

#include "core/elementwise.hpp"
#include "core/mode.hpp"

namespace attune::internal {

// True where a derivative is to be written in attune operations: when it is recorded itself, and
// when ATTUNE_KERNELS=xtensor asks for the general case. Otherwise a fused loop of the same value
// serves.
inline bool composed() { return current_mode.recording || !own_kernels(); }

}  // namespace attune::internal
