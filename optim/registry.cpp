// Rules from the tables that the build generates, and from plugins.
#include "optim/registry.hpp"

#include "core/fail.hpp"
#include "core/host.hpp"
#include "core/kernels.hpp"
#include "core/options.hpp"
#include "optim/optimizer.hpp"
#include "rule_units.hpp"

namespace attune::optim {

using internal::fail;

namespace {

void check_rule(const attune_rule* entry, const std::string& origin) {
  if (!entry) fail(ErrorKind::plugin, origin, "its table of rules has an empty entry");
  const attune_rule& rule = *entry;
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
      (rule.n_saved && !rule.saved) || rule.chunk_multiple == 0 || rule.step_align == 0) {
    fail(ErrorKind::plugin, origin, "the table of rule {} announces entries that it does not hold",
         rule.name);
  }
  internal::check_options(origin, rule.name, {rule.options, rule.n_options});
  for (std::uint32_t i = 0; i < rule.n_states; ++i) {
    const attune_state* const state = rule.states[i];
    if (!state || !state->name || state->name == std::string_view("t") ||
        (state->init == ATTUNE_INIT_OPTION && state->option >= rule.n_options)) {
      fail(
          ErrorKind::plugin, origin,
          "state number {} of rule {} has no name, is called t (the host's count), or starts at an "
          "option that does not exist",
          i, rule.name);
    }
  }
  for (std::uint32_t i = 0; i < rule.n_saved; ++i) {
    if (!rule.saved[i] || !rule.saved[i]->name) {
      fail(ErrorKind::plugin, origin, "saved scalar number {} of rule {} has no name", i,
           rule.name);
    }
  }
}

void add_rules(Registry<const attune_rule*>& registry, const attune_plugin& plugin,
               const std::string& origin) {
  for (std::uint32_t i = 0; i < plugin.n_rules; ++i) {
    check_rule(plugin.rules[i], origin);
    for (std::uint32_t k = 0; k < i; ++k) {
      if (std::string_view(plugin.rules[k]->name) == plugin.rules[i]->name) {
        fail(ErrorKind::plugin, origin, "it holds two rules called {}", plugin.rules[i]->name);
      }
    }
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

namespace attune::internal {

void add_program_rules(attune_plugin_entry* enter) {
  optim::register_rules(*enter(plugin_host()), "this program");
}

}  // namespace attune::internal
