// Optimizers: update rules by name, over groups of parameters.
//
//   auto opt = optim::make("adam", params(model), {{"lr", 1e-3}});
//   opt.schedule("lr", optim::Schedule::cosine(10'000));
//   opt.step(loss.backward());
//
// A rule is ten lines (see <attune/rule.hpp>), in your program (register_rule), in a plugin or in
// the tree; everything around it is done here once for all rules: options by name and per group,
// schedules, clipping, decay, state, saving and exact resume. A step gives the same bits at any
// number of threads. In it subnormal numbers (below 1.2e-38 in f32) count as 0: states that decay
// end at 0, where each of those numbers would take a hundred times as long.
//
// Layer: optim.
#pragma once

#include <attune/autograd.hpp>
#include <attune/export.hpp>
#include <attune/io.hpp>
#include <attune/options.hpp>
#include <attune/params.hpp>
#include <attune/schedule.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct attune_host;  // <attune/plugin_abi.h>
struct attune_plugin;

namespace attune::internal {

template <class... T>
struct PluginTable;
ATTUNE_API void add_program_rules(const attune_plugin* (*enter)(const attune_host*));

}  // namespace attune::internal

namespace attune::optim {

// Parameters that share the values of their options.
struct Group {
  Params params;
  OptionList options = {};
};

// What `state()` gives and `load()` takes: tensors by key, and texts.
struct State {
  std::vector<NamedTensor> tensors;
  Metadata texts;
};

// Moves the parameters of a model by an update rule. Holds handles on them, not the model: when the
// model is copied, the optimizer stays with the one whose parameters it was given. One thread at a
// time. Whatever is asked of an optimizer that was moved from is an Error (state).
class ATTUNE_API Optimizer {
 public:
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(Optimizer&&) noexcept;
  ~Optimizer();

  // One update, in this order: gradients checked to be finite (Error (numeric) naming the first
  // parameter whose gradient is not; nothing is changed and the step is not counted; option
  // check_finite = false leaves the check out); schedules; clip_norm over all parameters of the
  // optimizer; then in one pass per parameter maximize, clip_norm's factor, clip_value, decay and
  // the rule. A parameter without a gradient is left alone, and its own count of steps with it.
  // Errors: state when no parameter has a gradient, or one changed its type; value when a schedule
  // leaves an option's range or makes options that the rule refuses; plugin (or the kind that the
  // rule gave) naming rule, step and plugin when the rule fails.
  void step(const Gradients& gradients);

  // Sets an option in all groups, or in one. Counts as the value that schedules multiply.
  // Error (value) naming the rule, the option and its range, also when the largest factor of its
  // schedule would lead out of it; index for the group. No group has changed then.
  void set(std::string_view option, const OptionValue& value);
  void set(int group, std::string_view option, const OptionValue& value);
  // The value at the next step, schedule included; of a choice, its index.
  double get(std::string_view option, int group = 0) const;
  // Puts an option on a schedule, in all groups or in one; an integer takes the nearest. Error
  // (value) for an option that is no number, and for a schedule that leads out of the range.
  void schedule(std::string_view option, Schedule schedule);
  void schedule(int group, std::string_view option, Schedule schedule);

  const std::string& rule() const;
  int groups() const;
  // Updates done.
  std::uint64_t steps() const;
  // The 2-norm of all gradients at the last step; NaN where clip_norm did not ask for it.
  double gradient_norm() const;

  // Everything that an exact resume needs: counts, options as set, the rule's states and scalars,
  // texts of the schedules. The tensors are copies.
  State state() const;
  // Puts a state back into an optimizer made with the same rule, groups and schedules. Error
  // (format) naming what is missing, left over or of another shape, rule, version or schedule;
  // nothing is changed then.
  void load(const State& state);

  struct Impl;  // for attune itself
  explicit Optimizer(std::unique_ptr<Impl> impl) noexcept;

 private:
  Impl& held() const;
  std::unique_ptr<Impl> impl_;
};

// An optimizer of a registered rule. Options that a group does not name take the values given for
// all, then the rule's defaults. Besides its own options every rule has those of host_options().
// Errors: value for an unknown rule or option ("did you mean") and for a value out of range; plugin
// when the rule needs something that this version does not offer, by name; state when two handles
// are the same parameter or there is none.
ATTUNE_API Optimizer make(std::string_view rule, std::vector<Group> groups,
                          const OptionList& options = {});
ATTUNE_API Optimizer make(std::string_view rule, const Params& params,
                          const OptionList& options = {});

// A registered rule, described.
struct RuleInfo {
  std::string name, cite, origin;  // registry key; where the formula stands; who registered it
  unsigned version = 1;            // of the arithmetic and the state
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> host_options;  // those of host_options() that an optimizer of it has
  std::vector<std::string> states;       // one value per element each
  std::vector<std::string> saved;        // numbers per group
  std::string unmet;                     // what it needs and this version lacks: make refuses it
};

// Makes an update rule of this program known by its name, through the C table and the checks that a
// plugin's rule passes. Needs <attune/plugin.hpp>; a plugin ends with ATTUNE_PLUGIN(Rule) instead.
//
//   struct SignDescent {
//     static constexpr auto name = "sign_descent", cite = "Bernstein et al. 2018";
//     Real lr{1e-4, log_range(1e-6, 1e-1), "step size"};
//     auto at(const Step&) const {
//       return [*this](auto& p, auto g, auto&) { p -= lr * sign(g); };
//     }
//   };
//   optim::register_rule<SignDescent>();
//   auto opt = optim::make("sign_descent", params(model), {{"lr", 1e-3}});
//
// Errors (plugin): the name is taken, by whom; the rule holds more than the host can.
template <class Rule>
void register_rule() {
  internal::add_program_rules(&internal::PluginTable<Rule>::enter);
}

ATTUNE_API std::vector<std::string> names();          // sorted
ATTUNE_API RuleInfo describe(std::string_view rule);  // Error (value), "did you mean"
// Options that the host gives to every rule that does not own them: weight_decay, decay, maximize,
// clip_norm, clip_value, check_finite, seed. A rule that owns weight_decay has no decay either.
ATTUNE_API std::vector<OptionInfo> host_options();

}  // namespace attune::optim
