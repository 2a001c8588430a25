// Which cores a measurement runs on.
#pragma once

#include <string>
#include <vector>

namespace bench {

// The last `count` of the cores this process may use, or all of them if they are fewer: the first
// ones have the interrupts.
std::vector<int> last_cores(int count);

// Holds the calling thread, and what it starts, to these cores.
void hold_to(const std::vector<int>& cores);

int core_count();

// "AMD EPYC ..., 2 cores, avx512": what figures hang on.
std::string machine();

double load();  // of the last minute

}  // namespace bench
