// For tests: what a CountThreads of core/parallel.hpp sees besides threads. Every kernel includes
// that file; this one is for who counts. While one stands, a thread waits with its first chunk of a
// loop until as many hold one as the loop may use, or a tenth of a second is over.
#pragma once

namespace attune::internal {

// The most threads that one of the loops counted since its last reset might use, but for loops
// within a chunk of another, to which none need come; 0 where none was parallel.
int widest_loop();

}  // namespace attune::internal
