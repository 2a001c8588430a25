// How initializers of the tree come into the registry: as those of a plugin do, through the C
// table. A file of initializers ends with one line that lists them.
#pragma once

#include <attune/initialize.hpp>
#include <attune/initializer.hpp>

namespace attune::internal {

template <class... I>
bool built_in() {
  ((HostOf<I>::host = host_of_initializers()), ...);
  (add_initializer(InitializerTable<I>::table, "attune"), ...);
  return true;
}

inline constexpr std::uint64_t any_weight =
    1u << ATTUNE_ROLE_OTHER | 1u << ATTUNE_ROLE_WEIGHT | 1u << ATTUNE_ROLE_EMBEDDING;

}  // namespace attune::internal
