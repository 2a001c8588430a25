// The registry of initializers: those of the tree, of the program and of loaded plugins.
#pragma once

#include <attune/plugin_abi.h>
#include <attune/registry.hpp>

namespace attune::internal {

Registry<const attune_initializer*>& initializer_registry();

}  // namespace attune::internal
