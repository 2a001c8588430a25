// The registry of initializers: those of the tree, of the program and of loaded plugins.
#pragma once

#include <attune/plugin_abi.h>
#include <attune/registry.hpp>
#include <span>
#include <string>

namespace attune::internal {

Registry<const attune_initializer*>& initializer_registry();

// What must hold of tables before any of them is registered. Errors (plugin): an incomplete table,
// a name that is taken, with its holder.
void check_initializers(const std::string& origin,
                        std::span<const attune_initializer* const> tables);

}  // namespace attune::internal
