// Which libtorch this is, and its threads.
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "bench/steps/step.hpp"

std::string bench::library() {
  return "libtorch-" + std::to_string(TORCH_VERSION_MAJOR) + "." +
         std::to_string(TORCH_VERSION_MINOR);
}
void bench::use_threads(int count) { at::set_num_threads(count); }
