// The operation whose derivative runs in this thread: what a message about a saved tensor names.
#pragma once

namespace attune::internal {

[[gnu::tls_model("initial-exec")]] extern constinit thread_local const char* deriving;

}  // namespace attune::internal
