// The update rules that can be asked for by name.
#pragma once

#include <attune/plugin_abi.h>
#include <attune/registry.hpp>

namespace attune::optim {

// Filled with the tree's rules, compiled for the instruction set in use, at the first call.
Registry<const attune_rule*>& rules();

// What the rule announces to need and what its table shows that it does: a table that is silent on
// a function which this host never calls must not train without it.
std::uint64_t needs_of(const attune_rule& rule);

// Adds the rules of a plugin's table. Error (plugin) for a table that breaks the boundary's
// promises, (value) for a name that is taken; none is added then.
void register_rules(const attune_plugin& plugin, const std::string& origin);

}  // namespace attune::optim
