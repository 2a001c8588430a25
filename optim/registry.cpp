// Rules from the tables that the build generates, and from plugins.
#include "optim/registry.hpp"

#include <bit>

#include "core/fail.hpp"
#include "core/host.hpp"
#include "core/kernels.hpp"
#include "core/options.hpp"
#include "optim/optimizer.hpp"
#include "rule_units.hpp"

namespace attune::optim {

using internal::fail;

namespace {

// Far beyond any closure of numbers.
constexpr std::uint64_t most_step_bytes = 1u << 20;
constexpr std::uint32_t most_step_align = 4096;

void check_scratch(const attune_rule& rule, const std::string& origin) {
  if (rule.step_bytes > most_step_bytes) {
    fail(ErrorKind::plugin, origin, "step_bytes of rule {} is {}: at most {} are possible",
         rule.name, rule.step_bytes, most_step_bytes);
  }
  if (!std::has_single_bit(rule.step_align) || rule.step_align > most_step_align) {
    fail(ErrorKind::plugin, origin,
         "step_align of rule {} is {}: it must be a power of two of at most {}", rule.name,
         rule.step_align, most_step_align);
  }
}

// Entries of a table by name, each of which only once.
template <class Entry>
void check_names(const Entry* const* entries, std::uint32_t count, const char* what,
                 const attune_rule& rule, const std::string& origin) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!entries[i] || entries[i]->struct_size < sizeof(Entry) ||
        !internal::is_word(entries[i]->name)) {
      fail(ErrorKind::plugin, origin, "{} number {} of rule {} is incomplete, or its name no word",
           what, i, rule.name);
    }
    for (std::uint32_t k = 0; k < i; ++k) {
      if (std::string_view(entries[k]->name) == entries[i]->name) {
        fail(ErrorKind::plugin, origin, "rule {} has two {}s called {}", rule.name, what,
             entries[i]->name);
      }
    }
  }
}

void check_states(const attune_rule& rule, const std::string& origin) {
  if (rule.n_states > max_states) {
    fail(ErrorKind::plugin, origin, "rule {} keeps {} states an element: at most {} are possible",
         rule.name, rule.n_states, max_states);
  }
  check_names(rule.states, rule.n_states, "state", rule, origin);
  for (std::uint32_t i = 0; i < rule.n_states; ++i) {
    const attune_state& state = *rule.states[i];
    if (state.name == std::string_view("t") ||
        (state.init == ATTUNE_INIT_OPTION && state.option >= rule.n_options)) {
      fail(
          ErrorKind::plugin, origin,
          "state {} of rule {} is called t (the host's count), or starts at option number {} of {}",
          state.name, rule.name, state.option, rule.n_options);
    }
  }
}

void check_rule(const attune_rule* entry, const std::string& origin) {
  if (!entry) fail(ErrorKind::plugin, origin, "its table of rules has an empty entry");
  const attune_rule& rule = *entry;
  if (rule.struct_size < sizeof(attune_rule)) {
    fail(ErrorKind::plugin, origin, "a rule's table has {} bytes, expected {}", rule.struct_size,
         sizeof(attune_rule));
  }
  if (!internal::is_word(rule.name)) {
    fail(ErrorKind::plugin, origin, "a rule is called \"{}\": letters, digits and _ make a name",
         rule.name ? rule.name : "");
  }
  const bool elementwise = rule.prepare && rule.update && rule.step_bytes > 0;
  if (!elementwise && !rule.matrix && !rule.drive) {
    fail(ErrorKind::plugin, origin, "rule {} has neither prepare and update nor matrix nor drive",
         rule.name);
  }
  if ((rule.n_options && !rule.options) || (rule.n_states && !rule.states) ||
      (rule.n_saved && !rule.saved)) {
    fail(ErrorKind::plugin, origin, "the table of rule {} announces entries that it does not hold",
         rule.name);
  }
  if (rule.chunk_multiple == 0) {
    fail(ErrorKind::plugin, origin, "chunk_multiple of rule {} is 0: 1 stands for any chunk",
         rule.name);
  }
  check_scratch(rule, origin);
  internal::check_options(origin, rule.name, {rule.options, rule.n_options});
  check_states(rule, origin);
  check_names(rule.saved, rule.n_saved, "saved scalar", rule, origin);
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

std::uint64_t needs_of(const attune_rule& rule) {
  std::uint64_t needs = rule.needs;
  const auto add = [&](int need, bool shown) {
    if (shown) needs |= ATTUNE_NEED(need);
  };
  add(ATTUNE_NEED_MATRIX, rule.matrix || rule.state_count);
  add(ATTUNE_NEED_DRIVE, rule.drive);
  add(ATTUNE_NEED_EVAL_VIEW, rule.eval_view);
  add(ATTUNE_NEED_INNER, rule.inner);
  add(ATTUNE_NEED_STATE_DTYPE, rule.chunk_multiple > 1);
  add(ATTUNE_NEED_STATE_INIT, rule.state_init);
  add(ATTUNE_NEED_STEP_SCALARS, rule.n_saved > 0);
  const bool sums = rule.n_sums > 0 || rule.prepare_reduce || rule.reduce || rule.combine;
  const bool per_tensor = (needs & ATTUNE_NEED(ATTUNE_NEED_TENSOR_SUMS)) != 0;
  add(ATTUNE_NEED_GLOBAL_SUMS, sums && !per_tensor);
  for (std::uint32_t i = 0; i < rule.n_states; ++i) {
    const attune_state& state = *rule.states[i];
    add(ATTUNE_NEED_STATE_INIT, state.init != ATTUNE_INIT_CONSTANT);
    add(ATTUNE_NEED_STATE_DTYPE, state.dtype != ATTUNE_AS_PARAM);
    add(ATTUNE_NEED_HISTORY, state.shape == ATTUNE_SHAPE_HISTORY);
    add(ATTUNE_NEED_MATRIX,
        state.shape != ATTUNE_SHAPE_PARAM && state.shape != ATTUNE_SHAPE_HISTORY);
  }
  return needs;
}

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
