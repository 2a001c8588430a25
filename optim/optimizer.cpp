// Making optimizers, and what is known of them.
#include "optim/optimizer.hpp"

#include <algorithm>
#include <attune/option.hpp>
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

constexpr Choice decay{{"l2", "decoupled"},
                       "l2 adds weight_decay * p to the gradient; decoupled shrinks p by lr * "
                       "weight_decay before the update"};

// Bounds of 0 mean that there is no bound, so that a command line can switch one off.
constexpr attune_option host_table[] = {
    Real(0, log_range(1e-6, 1e-1), "pulls parameters towards 0, in the way of `decay`")
        .describe("weight_decay"),
    decay.describe("decay"),
    Bool(false, "climbs instead of descending").describe("maximize"),
    Real(0, log_range(1e-1, 10),
         "scales all gradients so that their common 2-norm is at most this; 0: never")
        .describe("clip_norm"),
    Real(0, log_range(1e-2, 10), "bounds each element of a gradient; 0: never")
        .describe("clip_value"),
    Bool(true, "refuses a step whose gradients hold a NaN or an infinity").describe("check_finite"),
    Int(0, {0, 9007199254740992.0, 0, ATTUNE_LINEAR, 0, 0},
        "of the rule's random numbers, if it draws any")
        .describe("seed")};

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
           "two parameters have the path {}, by which their states are saved: take the groups from "
           "one list (matching(params(model), \"head.*\")), or, of two models, put a name in front "
           "of one (handle.path = \"b.\" + handle.path)",
           param.path);
    }
    const internal::Storage* const memory = param.tensor.impl()->storage;
    if (memory && !seen.memory.insert(memory).second) {
      fail(ErrorKind::state, owner, "parameter {} shares its memory with another one", param.path);
    }
    data.elements += param.tensor.numel();
    data.slots.push_back(std::move(slot));
  }
}

// Cuts the parameters, by their shapes alone. A group of few parts has pieces of one, for the sake
// of many threads. (16, 64 and 256 on one thread of Zen 5: sgd of 10 million 2050, 2020, 2100 us.)
void cut(GroupData& data, const attune_rule& rule) {
  constexpr std::int64_t enough = 64;
  const std::int64_t multiple = rule.chunk_multiple;
  data.part = std::max<std::int64_t>(internal::elementwise_chunk / multiple, 1) * multiple;
  const std::int64_t longest =
      std::clamp<std::int64_t>(data.elements / (enough * data.part), 1, parts_of_piece) * data.part;
  std::int64_t in_task = 0;  // elements of the last one
  for (std::size_t i = 0; i < data.slots.size(); ++i) {
    const std::int64_t count = data.slots[i].param.tensor.numel();
    for (std::int64_t first = 0; first < count; first += longest) {
      const Piece piece{static_cast<std::uint32_t>(i), first, std::min(longest, count - first)};
      if (data.tasks.empty() || in_task + piece.count > longest) {
        const double middle = static_cast<double>(first) + 0.5 * static_cast<double>(piece.count);
        data.tasks.push_back({data.pieces.size(), 0, middle / static_cast<double>(count)});
        in_task = 0;
      }
      in_task += piece.count;
      data.pieces.push_back(piece);
      data.tasks.back().end = data.pieces.size();
    }
  }
  // A thread, which takes neighbouring tasks, has the same part of each tensor: products cut them
  // so too, and what they wrote and will read lies in its core's cache.
  std::ranges::stable_sort(data.tasks, {}, &Task::place);
}

HostOptions place_host_options(const attune_rule& rule, std::vector<const attune_option*>& table) {
  table.assign(rule.options, rule.options + rule.n_options);
  int places[std::size(host_table)];
  const auto owns = [&](std::string_view option) {
    return internal::find_option(rule_options(rule), option) >= 0;
  };
  for (std::size_t i = 0; i < std::size(host_table); ++i) {
    const std::string_view option = host_table[i].name;
    // Of a rule's own weight_decay the host's modes say nothing.
    const bool owned = owns(option) || (option == "decay" && owns("weight_decay"));
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
  impl->origin = internal::from_plugin(rules().origin(rule_name));
  const attune_rule& rule = *impl->rule;
  const std::string owner = "optimizer " + impl->name;
  if (const std::string unmet = internal::unmet_needs(needs_of(rule)); !unmet.empty()) {
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
    cut(data, rule);
    impl->settle(data, data.slots, 0, owner);
    impl->groups.push_back(std::move(data));
    GroupData& placed = impl->groups.back();
    if (rule.create) {
      internal::call_plugin([&] { return rule.create(placed.set.data(), &placed.self); },
                            [&] { return owner + impl->origin; });
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
  std::vector<const attune_option*> table;
  place_host_options(rule, table);
  for (std::size_t i = 0; i < table.size(); ++i) {
    (i < rule.n_options ? info.options : info.host_options)
        .push_back(internal::describe(*table[i]));
  }
  for (std::uint32_t i = 0; i < rule.n_states; ++i) info.states.emplace_back(rule.states[i]->name);
  for (std::uint32_t i = 0; i < rule.n_saved; ++i) info.saved.emplace_back(rule.saved[i]->name);
  info.unmet = internal::unmet_needs(needs_of(rule));
  return info;
}

std::vector<OptionInfo> host_options() {
  std::vector<OptionInfo> list;
  for (const attune_option& option : host_table) list.push_back(internal::describe(option));
  return list;
}

}  // namespace attune::optim
