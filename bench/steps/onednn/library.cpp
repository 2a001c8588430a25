// Which oneDNN this is, and its threads.
#include <dnnl.h>
#include <omp.h>

#include "bench/steps/step.hpp"

std::string bench::library() {
  const dnnl_version_t& version = *dnnl_version();
  return "onednn-" + std::to_string(version.major) + "." + std::to_string(version.minor);
}
void bench::use_threads(int count) { omp_set_num_threads(count); }
