// Making optimizers and setting their options.
#include "optim/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/fail.hpp"
#include "core/host.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "optim/registry.hpp"

namespace attune::optim {

using internal::fail;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr attune_option real(const char* name, double initial, double low, std::uint32_t open,
                             double search_low, double search_high, const char* doc) {
  return {sizeof(attune_option),
          ATTUNE_REAL,
          name,
          doc,
          initial,
          low,
          infinity,
          open,
          ATTUNE_LOG,
          search_low,
          search_high,
          0,
          nullptr};
}
constexpr attune_option flag(const char* name, bool initial, const char* doc) {
  return {sizeof(attune_option),
          ATTUNE_BOOL,
          name,
          doc,
          initial ? 1.0 : 0.0,
          0,
          1,
          0,
          ATTUNE_LINEAR,
          0,
          1,
          0,
          nullptr};
}

constexpr const char* decay_modes[] = {"l2", "decoupled"};

// Bounds of 0 mean that there is no bound, so that a command line can switch one off.
constexpr attune_option host_table[] = {
    real("weight_decay", 0, 0, 0, 1e-6, 1e-1, "pulls parameters towards 0, in the way of `decay`"),
    {sizeof(attune_option), ATTUNE_CHOICE, "decay",
     "l2 adds weight_decay * p to the gradient; decoupled shrinks p by lr * weight_decay before "
     "the update",
     0, 0, 1, 0, ATTUNE_LINEAR, 0, 1, 2, decay_modes},
    flag("maximize", false, "climbs instead of descending"),
    real("clip_norm", 0, 0, 0, 1e-1, 10,
         "scales all gradients so that their common 2-norm is at most this; 0: never"),
    real("clip_value", 0, 0, 0, 1e-2, 10, "bounds each element of a gradient; 0: never"),
    flag("check_finite", true, "refuses a step whose gradients hold a NaN or an infinity"),
    {sizeof(attune_option), ATTUNE_INT, "seed", "of the rule's random numbers, if it draws any", 0,
     0, 9007199254740992.0, 0, ATTUNE_LINEAR, 0, 0, 0, nullptr}};

internal::OptionTable rule_options(const attune_rule& rule) {
  return {rule.options, rule.n_options};
}

}  // namespace

std::vector<const attune_option*> host_option_table() {
  std::vector<const attune_option*> table;
  for (const attune_option& option : host_table) table.push_back(&option);
  return table;
}

Optimizer::Impl::~Impl() {
  if (!rule || !rule->destroy) return;
  for (GroupData& group : groups) {
    if (group.self) rule->destroy(group.self);
  }
}

GroupData& Optimizer::Impl::group(int index) {
  if (index < 0 || index >= static_cast<int>(groups.size())) {
    fail(ErrorKind::index, "optimizer " + name, "group {} of {}", index, groups.size());
  }
  return groups[static_cast<std::size_t>(index)];
}

void Optimizer::Impl::validate(const GroupData& group) const {
  if (!rule->validate) return;
  const std::int32_t code = rule->validate(group.set.data());
  if (code != ATTUNE_OK) internal::fail_plugin("optimizer " + name, code);
}

void Optimizer::Impl::choose_states(GroupData& group) const {
  group.active.resize(rule->n_states);
  for (std::uint32_t i = 0; i < rule->n_states; ++i) {
    // A state that was in use stays.
    group.active[i] =
        group.active[i] || !rule->state_active || rule->state_active(group.current.data(), i) != 0;
  }
}

void Optimizer::Impl::set(GroupData& group, std::string_view option, const OptionValue& value) {
  const auto i =
      static_cast<std::size_t>(internal::option_index("optimizer " + name, table, option));
  const double before = group.set[i];
  group.set[i] = internal::checked_value("optimizer " + name, *table[i], value);
  try {
    validate(group);
  } catch (...) {
    group.set[i] = before;
    throw;
  }
  group.current[i] =
      group.schedules[i] ? group.set[i] * (*group.schedules[i])(steps) : group.set[i];
  choose_states(group);
}

void Optimizer::Impl::put_on_schedule(GroupData& group, std::string_view option,
                                      const Schedule& schedule) {
  const std::string owner = "optimizer " + name;
  const auto i = static_cast<std::size_t>(internal::option_index(owner, table, option));
  if (table[i]->kind != ATTUNE_REAL) {
    fail(ErrorKind::value, owner, "option {} is no real number, so no schedule can scale it",
         option);
  }
  internal::checked_value(owner, *table[i], group.set[i] * schedule.peak());
  group.schedules[i] = schedule;
  group.current[i] = group.set[i] * schedule(steps);
}

namespace {

// What an optimizer's parameters may have once only; looked up, never walked over.
struct Seen {
  std::set<std::uint64_t> identities;
  std::set<std::string> paths;
  std::set<const internal::Storage*> memory;
};

void fill_slots(GroupData& data, const Params& params, const attune_rule& rule, Seen& seen) {
  for (const ParamHandle& param : params) {
    const std::string owner = std::string("optimizer ") + rule.name;
    if (!param.tensor.defined() || !param.tensor.requires_grad()) {
      fail(ErrorKind::state, owner, "parameter {} requires no gradient, so it cannot be trained",
           param.path);
    }
    if (param.tensor.impl()->interior() || !param.tensor.is_contiguous()) {
      fail(ErrorKind::state, owner,
           "parameter {} was computed from others or is a strided view: give the variable itself",
           param.path);
    }
    if (rule.roles && !(rule.roles >> static_cast<int>(param.role) & 1)) {
      fail(ErrorKind::plugin, owner,
           "takes no parameter of role {}, which {} has: give those to "
           "another optimizer (by_role splits them)",
           attune::name(param.role), param.path);
    }
    Slot slot;
    slot.param = param;
    slot.identity = param.tensor.impl()->id;
    slot.number = seen.identities.size();
    slot.dtype = param.tensor.dtype();
    if (!seen.identities.insert(slot.identity).second) {
      fail(ErrorKind::state, owner, "parameter {} was given twice", param.path);
    }
    if (!seen.paths.insert(param.path).second) {
      fail(ErrorKind::state, owner,
           "two parameters have the path {}, by which their states are saved: put the name of its "
           "model in front of one (handle.path = \"b.\" + handle.path)",
           param.path);
    }
    const internal::Storage* const memory = param.tensor.impl()->storage;
    if (memory && !seen.memory.insert(memory).second) {
      fail(ErrorKind::state, owner, "parameter {} shares its memory with another one", param.path);
    }
    const std::int64_t multiple = rule.chunk_multiple;
    const std::int64_t chunk =
        std::max<std::int64_t>(internal::elementwise_chunk / multiple, 1) * multiple;
    const std::int64_t count = param.tensor.numel();
    for (std::int64_t first = 0; first < count; first += chunk) {
      data.pieces.push_back(
          {static_cast<std::uint32_t>(data.slots.size()), first, std::min(chunk, count - first)});
    }
    data.elements += count;
    data.slots.push_back(std::move(slot));
  }
}

HostOptions place_host_options(const attune_rule& rule, std::vector<const attune_option*>& table) {
  table.assign(rule.options, rule.options + rule.n_options);
  int places[std::size(host_table)];
  for (std::size_t i = 0; i < std::size(host_table); ++i) {
    const bool owned = internal::find_option(rule_options(rule), host_table[i].name) >= 0;
    places[i] = owned ? -1 : static_cast<int>(table.size());
    if (!owned) table.push_back(&host_table[i]);
  }
  return {places[0], places[1], places[2], places[3], places[4], places[5], places[6]};
}

}  // namespace

Optimizer make(std::string_view rule_name, std::vector<Group> groups, const OptionList& options) {
  auto impl = std::make_unique<Optimizer::Impl>();
  impl->rule = rules().at(rule_name);
  impl->name = impl->rule->name;
  const attune_rule& rule = *impl->rule;
  const std::string owner = "optimizer " + impl->name;
  if (const std::string unmet = internal::unmet_needs(rule.needs); !unmet.empty()) {
    fail(ErrorKind::plugin, owner,
         "the rule needs what this version of attune does not offer yet: {}", unmet);
  }
  for (std::uint32_t i = 0; i < rule.n_states; ++i) {
    const attune_state& state = *rule.states[i];
    if (state.shape != ATTUNE_SHAPE_PARAM || state.dtype != ATTUNE_AS_PARAM ||
        state.init > ATTUNE_INIT_OPTION) {
      fail(
          ErrorKind::plugin, owner,
          "state {} is not of its parameter's shape and type, or starts in a way that this version "
          "of attune does not offer yet",
          state.name);
    }
  }
  impl->host = place_host_options(rule, impl->table);
  Seen seen;
  for (const Group& group : groups) {
    GroupData data;
    data.set = data.current = internal::resolve(owner, impl->table, options, group.options);
    data.schedules.resize(impl->table.size());
    for (std::uint32_t i = 0; i < rule.n_saved; ++i) data.saved.push_back(rule.saved[i]->initial);
    fill_slots(data, group.params, rule, seen);
    impl->validate(data);
    impl->choose_states(data);
    impl->groups.push_back(std::move(data));
    GroupData& placed = impl->groups.back();
    if (rule.create) {
      const std::int32_t code = rule.create(placed.set.data(), &placed.self);
      if (code != ATTUNE_OK) internal::fail_plugin(owner, code);
    }
  }
  if (seen.identities.empty()) {
    fail(ErrorKind::state, owner, "was given no parameter: is the model's params(model) empty?");
  }
  return Optimizer(std::move(impl));
}

Optimizer make(std::string_view rule, const Params& params, const OptionList& options) {
  return make(rule, std::vector<Group>{{params, {}}}, options);
}

Optimizer::Optimizer(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;
Optimizer::~Optimizer() = default;

Optimizer::Impl& Optimizer::held() const {
  if (!impl_) {
    fail(ErrorKind::state, "optimizer",
         "it was moved from and holds nothing: use the one that it was moved to");
  }
  return *impl_;
}

void Optimizer::step(const Gradients& gradients) { held().step(gradients); }

void Optimizer::set(std::string_view option, const OptionValue& value) {
  for (GroupData& group : held().groups) impl_->set(group, option, value);
}
void Optimizer::set(int group, std::string_view option, const OptionValue& value) {
  held().set(held().group(group), option, value);
}
double Optimizer::get(std::string_view option, int group) const {
  Impl& impl = held();
  const auto i = static_cast<std::size_t>(
      internal::option_index("optimizer " + impl.name, impl.table, option));
  const GroupData& data = impl.group(group);
  return data.schedules[i] ? data.set[i] * (*data.schedules[i])(impl.steps) : data.set[i];
}
void Optimizer::schedule(std::string_view option, Schedule schedule) {
  for (GroupData& group : held().groups) impl_->put_on_schedule(group, option, schedule);
}
void Optimizer::schedule(int group, std::string_view option, Schedule schedule) {
  held().put_on_schedule(held().group(group), option, schedule);
}

const std::string& Optimizer::rule() const { return held().name; }
int Optimizer::groups() const { return static_cast<int>(held().groups.size()); }
std::uint64_t Optimizer::steps() const { return held().steps; }
double Optimizer::gradient_norm() const { return held().gradient_norm; }
State Optimizer::state() const { return held().state(); }
void Optimizer::load(const State& state) { held().load(state); }

std::vector<std::string> names() { return rules().names(); }

RuleInfo describe(std::string_view name) {
  const attune_rule& rule = *rules().at(name);
  RuleInfo info;
  info.name = rule.name;
  info.cite = rule.cite ? rule.cite : "";
  info.origin = rules().origin(name);
  info.version = rule.version;
  for (const attune_option* option : rule_options(rule)) {
    info.options.push_back(internal::describe(*option));
  }
  for (std::uint32_t i = 0; i < rule.n_states; ++i) info.states.emplace_back(rule.states[i]->name);
  for (std::uint32_t i = 0; i < rule.n_saved; ++i) info.saved.emplace_back(rule.saved[i]->name);
  info.unmet = internal::unmet_needs(rule.needs);
  return info;
}

std::vector<OptionInfo> host_options() {
  std::vector<OptionInfo> list;
  for (const attune_option& option : host_table) list.push_back(internal::describe(option));
  return list;
}

}  // namespace attune::optim
