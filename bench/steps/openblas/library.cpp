// Which OpenBLAS this is, and its threads.
#include <cblas.h>

#include "bench/steps/step.hpp"

// The configuration begins with "OpenBLAS 0.3.21 ".
std::string bench::library() {
  const std::string words = openblas_get_config();
  const std::size_t space = words.find(' ');
  return "openblas-" + words.substr(space + 1, words.find(' ', space + 1) - space - 1);
}
void bench::use_threads(int count) { openblas_set_num_threads(count); }
