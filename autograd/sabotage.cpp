// Falsified derivatives; empty unless ATTUNE_SABOTAGE is defined.
#include "autograd/sabotage.hpp"

#ifdef ATTUNE_SABOTAGE

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <set>
#include <string>

#include "attune/ops/binary.hpp"

namespace attune::internal {

Tensor sabotaged(Tensor derivative, const char* operation, std::ptrdiff_t input) {
  static const char* const asked = std::getenv("ATTUNE_SABOTAGE");
  if (!asked) return derivative;
  const std::string target = fmt::format("{}:{}", operation, input);
  if (std::string_view(asked) == "list") {
    static std::mutex mutex;
    static std::set<std::string> named;
    const std::lock_guard lock(mutex);
    if (named.insert(target).second) fmt::print(stderr, "derivative {}\n", target);
    return derivative;
  }
  return target == asked ? mul(derivative, 1.001) : derivative;
}

}  // namespace attune::internal

#endif
