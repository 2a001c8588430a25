// Which attune this is, and its threads.
#include <attune/threads.hpp>
#include <attune/version.hpp>

#include "bench/steps/step.hpp"

std::string bench::library() { return "attune-" ATTUNE_VERSION; }
void bench::use_threads(int count) { attune::threads(count); }
