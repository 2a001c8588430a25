// How many threads come to the loops of a test that says that their number changes no bit.
#pragma once

#include <attune/threads.hpp>

#include "core/parallel.hpp"

namespace attune::tests {

// Runs at `count` threads, which it leaves set: once more where others kept the machine so busy
// that some thread never came to a loop. An arena's places may be taken by other threads of the
// pool in the next loop: more than `count` may be seen.
template <class Run>
int threads_that_came(int count, Run run) {
  threads(count);
  const internal::CountThreads counted;
  for (int round = 0; round < 50 && (round == 0 || counted.distinct() < count); ++round) run();
  return counted.distinct();
}

}  // namespace attune::tests
