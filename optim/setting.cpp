// Options of a living optimizer: values, schedules, and the states that they switch on. What is
// asked for is checked for all groups before one of them changes.
#include <algorithm>
#include <cmath>

#include "core/fail.hpp"
#include "core/host.hpp"
#include "optim/optimizer.hpp"

namespace attune::optim {

using internal::fail;

double Optimizer::Impl::scaled(const Settings& settings, std::size_t option, double factor) const {
  const double value = settings.set[option] * factor;
  return table[option]->kind == ATTUNE_INT ? std::round(value) : value;
}

double Optimizer::Impl::value_at(const Settings& settings, std::size_t option,
                                 std::uint64_t step) const {
  const auto& schedule = settings.schedules[option];
  return schedule ? scaled(settings, option, (*schedule)(step)) : settings.set[option];
}

void Optimizer::Impl::validate(const std::vector<double>& options, const std::string& asked) const {
  if (!rule->validate) return;
  internal::call_plugin([&] { return rule->validate(options.data()); },
                        [&] { return asked + origin; });
}

bool Optimizer::Impl::wants_state(const std::vector<double>& options, std::uint32_t state,
                                  const std::string& asked) const {
  if (!rule->state_active) return true;
  std::uint32_t active = 1;
  internal::call_plugin([&] { return rule->state_active(options.data(), state, &active); },
                        [&] { return asked + origin; });
  return active != 0;
}

void Optimizer::Impl::settle(Settings& settings, const std::vector<Slot>& slots, std::uint64_t step,
                             const std::string& asked) const {
  std::vector<double> current(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    current[i] = value_at(settings, i, step);
    if (settings.schedules[i]) internal::check_number(asked, *table[i], current[i]);
  }
  validate(settings.set, asked);
  if (current != settings.set) validate(current, asked);
  std::vector<bool> active(rule->n_states);
  for (std::uint32_t i = 0; i < rule->n_states; ++i) {
    // A state that a parameter has stays in use.
    active[i] = wants_state(current, i, asked) || std::ranges::any_of(slots, [i](const Slot& slot) {
                  return i < slot.states.size() && slot.states[i].defined();
                });
  }
  settings.current = std::move(current);
  settings.active = std::move(active);
}

void Optimizer::Impl::check_peak(const Settings& settings, std::size_t option) const {
  if (!settings.schedules[option]) return;
  internal::check_number("optimizer " + name, *table[option],
                         scaled(settings, option, settings.schedules[option]->peak()));
}

template <class Change>
void Optimizer::Impl::change(std::span<GroupData> chosen, std::string_view option,
                             const Change& change) {
  const std::string owner = "optimizer " + name;
  const auto i = static_cast<std::size_t>(internal::option_index(owner, table, option));
  std::vector<Settings> changed(chosen.begin(), chosen.end());
  for (std::size_t g = 0; g < changed.size(); ++g) {
    change(changed[g], i);
    check_peak(changed[g], i);
    settle(changed[g], chosen[g].slots, steps, owner);
  }
  for (std::size_t g = 0; g < changed.size(); ++g) {
    static_cast<Settings&>(chosen[g]) = std::move(changed[g]);
  }
}

void Optimizer::Impl::set(std::span<GroupData> chosen, std::string_view option,
                          const OptionValue& value) {
  change(chosen, option, [&](Settings& settings, std::size_t i) {
    settings.set[i] = internal::checked_value("optimizer " + name, *table[i], value);
  });
}

void Optimizer::Impl::put_on_schedule(std::span<GroupData> chosen, std::string_view option,
                                      const Schedule& schedule) {
  change(chosen, option, [&](Settings& settings, std::size_t i) {
    if (table[i]->kind != ATTUNE_REAL && table[i]->kind != ATTUNE_INT) {
      fail(ErrorKind::value, "optimizer " + name,
           "option {} is no number, so no schedule can scale it", option);
    }
    settings.schedules[i] = schedule;
  });
}

void Optimizer::set(std::string_view option, const OptionValue& value) {
  held().set(held().groups, option, value);
}
void Optimizer::set(int group, std::string_view option, const OptionValue& value) {
  held().set({&held().group(group), 1}, option, value);
}
double Optimizer::get(std::string_view option, int group) const {
  Impl& impl = held();
  const auto i = static_cast<std::size_t>(
      internal::option_index("optimizer " + impl.name, impl.table, option));
  return impl.value_at(impl.group(group), i, impl.steps);
}
void Optimizer::schedule(std::string_view option, Schedule schedule) {
  held().put_on_schedule(held().groups, option, schedule);
}
void Optimizer::schedule(int group, std::string_view option, Schedule schedule) {
  held().put_on_schedule({&held().group(group), 1}, option, schedule);
}

}  // namespace attune::optim
