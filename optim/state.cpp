// Saving an optimizer and putting it back, exactly.
#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <map>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "optim/optimizer.hpp"

namespace attune::optim {

using internal::fail;

namespace {

Tensor count_tensor(std::uint64_t count) {
  return scalar_tensor(static_cast<std::int64_t>(count), i64);
}

// Without the dot that every key of a parameter has, so that no path is like them.
std::string option_key(std::size_t group, std::string_view option) {
  return fmt::format("options/{}/{}", group, option);
}
std::string saved_key(std::size_t group, std::string_view scalar) {
  return fmt::format("saved/{}/{}", group, scalar);
}

constexpr const char* count_key = "entries";

// Reads a state entry by entry and notices what is missing, misshapen or left over.
class Reader {
 public:
  explicit Reader(const State& state) : state_(state), used_(state.tensors.size()) {
    for (std::size_t i = 0; i < used_.size(); ++i) places_.emplace(state.tensors[i].name, i);
  }

  const Tensor* find(const std::string& key) {
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    used_[place->second] = true;
    return &state_.tensors[place->second].tensor;
  }

  const Tensor& at(const std::string& key, DType dtype, const Shape& shape) {
    const Tensor* const found = find(key);
    if (!found) fail(ErrorKind::format, "optimizer state", "entry {} is missing", key);
    if (found->dtype() != dtype || found->shape() != shape) {
      fail(ErrorKind::format, "optimizer state", "entry {} is {} {}, expected {} {}", key,
           found->dtype(), found->shape(), dtype, shape);
    }
    return *found;
  }

  std::uint64_t count(const std::string& key) {
    const auto value = at(key, i64, {}).item<std::int64_t>();
    if (value < 0) fail(ErrorKind::format, "optimizer state", "entry {} is {}", key, value);
    return static_cast<std::uint64_t>(value);
  }

  const std::string& text(const std::string& key) {
    ++texts_used_;
    const auto found = state_.texts.find(key);
    if (found == state_.texts.end()) {
      fail(ErrorKind::format, "optimizer state",
           "text {} is missing: the state is of an optimizer without it, or was cut", key);
    }
    return found->second;
  }

  void check_text(const std::string& key, const std::string& expected) {
    if (const std::string& saved = text(key); saved != expected) {
      fail(ErrorKind::format, "optimizer state",
           "{} is \"{}\" in the state and \"{}\" in this optimizer: make it as the saved one was",
           key, saved, expected);
    }
  }

  // `saved`: how many entries there were; `absent`: those that there may have been.
  void check_complete(const std::string& saved, const std::vector<std::string>& absent) const {
    if (saved == std::to_string(state_.tensors.size())) return;
    fail(ErrorKind::format, "optimizer state", "it was saved with {} entries and has {}{}{}", saved,
         state_.tensors.size(), absent.empty() ? "" : ": missing are some of ",
         fmt::to_string(fmt::join(absent, ", ")));
  }

  void check_all_used() const {
    if (texts_used_ != state_.texts.size()) {
      fail(
          ErrorKind::format, "optimizer state",
          "it was saved with {} schedules, this optimizer has {}: set the same ones before loading",
          state_.texts.size() - 2, texts_used_ - 2);
    }
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (used_[i]) continue;
      fail(ErrorKind::format, "optimizer state",
           "entry {} belongs to no parameter of this optimizer: was it made with the same groups?",
           state_.tensors[i].name);
    }
  }

 private:
  const State& state_;
  std::vector<bool> used_;
  std::map<std::string_view, std::size_t> places_;
  std::size_t texts_used_ = 0;
};

}  // namespace

State Optimizer::Impl::state() const {
  if (!damage.empty()) {
    fail(ErrorKind::state, who(),
         "a step failed halfway ({}), its state is not one to go on from: load a checkpoint",
         damage);
  }
  State state;
  state.texts["rule"] = fmt::format("{} version {}", name, rule->version);
  state.tensors.push_back({"steps", count_tensor(steps)});
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const GroupData& group = groups[g];
    for (std::size_t i = 0; i < table.size(); ++i) {
      const std::string key = option_key(g, table[i]->name);
      state.tensors.push_back({key, scalar_tensor(group.set[i], f64)});
      if (group.schedules[i]) state.texts[key] = group.schedules[i]->text();
    }
    for (std::size_t i = 0; i < group.saved.size(); ++i) {
      state.tensors.push_back(
          {saved_key(g, rule->saved[i]->name), scalar_tensor(group.saved[i], f64)});
    }
    for (const Slot& slot : group.slots) {
      state.tensors.push_back({slot.param.path + ".t", count_tensor(slot.t)});
      for (std::size_t i = 0; i < slot.states.size(); ++i) {
        if (!slot.states[i].defined()) continue;
        state.tensors.push_back(
            {fmt::format("{}.{}", slot.param.path, rule->states[i]->name), slot.states[i].clone()});
      }
    }
  }
  // Which states a parameter has follows from its history: their number tells whether one was lost.
  state.texts[count_key] = std::to_string(state.tensors.size());
  return state;
}

void Optimizer::Impl::load(const State& state) {
  // Everything is read and checked before anything is changed.
  Reader reader(state);
  reader.check_text("rule", fmt::format("{} version {}", name, rule->version));
  const std::uint64_t new_steps = reader.count("steps");
  const std::string& saved = reader.text(count_key);
  struct Restored {
    Settings settings;
    std::vector<double> saved;
    std::vector<Slot> slots;
  };
  std::vector<Restored> restored;
  std::vector<std::string> absent;  // that may never have been
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const GroupData& group = groups[g];
    Restored next{group, {}, group.slots};
    for (std::size_t i = 0; i < table.size(); ++i) {
      const std::string key = option_key(g, table[i]->name);
      const double value = reader.at(key, f64, {}).item();
      OptionValue given = value;
      if (table[i]->kind == ATTUNE_CHOICE && value >= 0 && value < table[i]->n_choices) {
        given = OptionValue(table[i]->choices[static_cast<std::size_t>(value)]);
      }
      next.settings.set[i] = internal::checked_value("optimizer state", *table[i], given);
      if (group.schedules[i]) reader.check_text(key, group.schedules[i]->text());
    }
    for (std::size_t i = 0; i < group.saved.size(); ++i) {
      next.saved.push_back(reader.at(saved_key(g, rule->saved[i]->name), f64, {}).item());
    }
    for (Slot& slot : next.slots) {
      slot.t = reader.count(slot.param.path + ".t");
      slot.states.assign(rule->n_states, Tensor());
      slot.pointers.assign(rule->n_states, nullptr);
      for (std::size_t i = 0; i < slot.states.size(); ++i) {
        const std::string key = fmt::format("{}.{}", slot.param.path, rule->states[i]->name);
        if (!reader.find(key)) {
          if (slot.t > 0) absent.push_back(key);
          continue;
        }
        slot.states[i] = reader.at(key, slot.dtype, slot.param.tensor.shape()).clone();
        slot.pointers[i] = slot.states[i].impl()->data;
      }
    }
    settle(next.settings, next.slots, new_steps, "optimizer state");
    restored.push_back(std::move(next));
  }
  reader.check_all_used();
  reader.check_complete(saved, absent);

  steps = new_steps;
  damage.clear();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    static_cast<Settings&>(groups[g]) = std::move(restored[g].settings);
    groups[g].saved = std::move(restored[g].saved);
    groups[g].slots = std::move(restored[g].slots);
  }
}

}  // namespace attune::optim
