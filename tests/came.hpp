// How many threads come to the loops of a test that says that their number changes no bit.
#pragma once

#include <attune/threads.hpp>

#include "core/loops_seen.hpp"
#include "core/parallel.hpp"

namespace attune::tests {

// What a test's loops had: distinct threads, and the most that one loop might use, which is 0 where
// none was parallel. An arena's places may be taken by other threads of the pool in the next loop:
// more may be seen than it might use.
struct Loops {
  int came = 0, widest = 0;
};

// Of `run`: once more where others kept the machine so busy that some thread came too late.
template <class Run>
Loops loops_of(Run run) {
  const internal::CountThreads counted;
  for (int round = 0; round < 50 && (round == 0 || counted.distinct() < internal::widest_loop());
       ++round)
    run();
  return {counted.distinct(), internal::widest_loop()};
}

// At `count` threads, which it leaves set.
template <class Run>
int threads_that_came(int count, Run run) {
  threads(count);
  return loops_of(run).came;
}

}  // namespace attune::tests
