// Rules from the tables that the build generates, and from plugins.
#include "optim/registry.hpp"

#include "core/fail.hpp"
#include "core/host.hpp"
#include "core/kernels.hpp"
#include "optim/optimizer.hpp"
#include "rule_units.hpp"

namespace attune::optim {

using internal::fail;

namespace {

void check_rule(const attune_rule& rule, const std::string& origin) {
  if (rule.struct_size < sizeof(attune_rule) || !rule.name || !*rule.name) {
    fail(ErrorKind::plugin, origin, "a rule's table has {} bytes, expected {}, or no name",
         rule.struct_size, sizeof(attune_rule));
  }
  const bool elementwise = rule.prepare && rule.update && rule.step_bytes > 0;
  if (!elementwise && !rule.matrix && !rule.drive) {
    fail(ErrorKind::plugin, origin, "rule {} has neither prepare and update nor matrix nor drive",
         rule.name);
  }
  if (rule.n_states > max_states) {
    fail(ErrorKind::plugin, origin, "rule {} keeps {} states an element: at most {} are possible",
         rule.name, rule.n_states, max_states);
  }
  if ((rule.n_options && !rule.options) || (rule.n_states && !rule.states) ||
      (rule.n_saved && !rule.saved) || rule.chunk_multiple == 0) {
    fail(ErrorKind::plugin, origin, "the table of rule {} announces entries that it does not hold",
         rule.name);
  }
}

void add_rules(Registry<const attune_rule*>& registry, const attune_plugin& plugin,
               const std::string& origin) {
  for (std::uint32_t i = 0; i < plugin.n_rules; ++i) {
    check_rule(*plugin.rules[i], origin);
    if (const auto* taken = registry.find(plugin.rules[i]->name)) {
      fail(ErrorKind::plugin, origin, "the rule name {} is taken by {}: rename the rule",
           (*taken)->name, registry.origin((*taken)->name));
    }
  }
  for (std::uint32_t i = 0; i < plugin.n_rules; ++i) {
    registry.add(plugin.rules[i]->name, plugin.rules[i], origin);
  }
}

}  // namespace

Registry<const attune_rule*>& rules() {
  static Registry<const attune_rule*>& registry = *[] {
    auto* const made = new Registry<const attune_rule*>("optimizer");
    const auto* const units = internal::units_of(internal::rule_units, internal::kernels().isa);
    for (auto* enter : *units) add_rules(*made, *enter(internal::plugin_host()), "attune");
    return made;
  }();
  return registry;
}

void register_rules(const attune_plugin& plugin, const std::string& origin) {
  add_rules(rules(), plugin, origin);
}

}  // namespace attune::optim
