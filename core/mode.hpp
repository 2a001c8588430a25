// The thread's mode as the library itself reads it: one load relative to the thread pointer, where
// Mode::current() would be a call. Hidden; initial-exec keeps __tls_get_addr out of the hot path.
#pragma once

#include <attune/mode.hpp>

namespace attune::internal {

[[gnu::tls_model("initial-exec")]] extern constinit thread_local Mode current_mode;

// Stands in Mode::random while chunks run: the order in which chunks draw would depend on the
// scheduler, so a draw there is refused unless the chunk opens a Random scope of its own.
extern RandomState no_stream;

}  // namespace attune::internal
