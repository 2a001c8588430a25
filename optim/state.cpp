// Saving an optimizer and putting it back, exactly.
#include <algorithm>
#include <bit>
#include <fmt/format.h>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "optim/optimizer.hpp"

namespace attune::optim {

using internal::fail;

namespace {

Tensor count_tensor(std::uint64_t count) {
  return scalar_tensor(static_cast<std::int64_t>(count), i64);
}

std::string group_key(std::size_t group, std::string_view what) {
  return fmt::format("group{}.{}", group, what);
}

// Reads a state entry by entry and notices what is missing, misshapen or left over.
class Reader {
 public:
  explicit Reader(const State& state) : state_(state), used_(state.tensors.size()) {}

  const Tensor* find(const std::string& key) {
    for (std::size_t i = 0; i < state_.tensors.size(); ++i) {
      if (state_.tensors[i].name != key) continue;
      used_[i] = true;
      return &state_.tensors[i].tensor;
    }
    return nullptr;
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

  void check_text(const std::string& key, const std::string& expected) {
    ++texts_used_;
    const auto found = state_.texts.find(key);
    if (found == state_.texts.end()) {
      fail(ErrorKind::format, "optimizer state", "text {} is missing", key);
    }
    if (found->second != expected) {
      fail(ErrorKind::format, "optimizer state",
           "{} is \"{}\" in the state and \"{}\" in this optimizer: make it as the saved one was",
           key, found->second, expected);
    }
  }

  void check_all_used() const {
    if (texts_used_ != state_.texts.size()) {
      fail(
          ErrorKind::format, "optimizer state",
          "it was saved with {} schedules, this optimizer has {}: set the same ones before loading",
          state_.texts.size() - 1, texts_used_ - 1);
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
  std::size_t texts_used_ = 0;
};

}  // namespace

State Optimizer::Impl::state() const {
  State state;
  state.texts["rule"] = fmt::format("{} version {}", name, rule->version);
  state.tensors.push_back({"steps", count_tensor(steps)});
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const GroupData& group = groups[g];
    for (std::size_t i = 0; i < table.size(); ++i) {
      state.tensors.push_back({group_key(g, table[i]->name), scalar_tensor(group.set[i], f64)});
      if (group.schedules[i]) {
        state.texts[group_key(g, fmt::format("{}.schedule", table[i]->name))] =
            group.schedules[i]->text();
      }
    }
    for (std::size_t i = 0; i < group.saved.size(); ++i) {
      state.tensors.push_back({group_key(g, fmt::format("saved.{}", rule->saved[i]->name)),
                               scalar_tensor(group.saved[i], f64)});
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
  return state;
}

void Optimizer::Impl::load(const State& state) {
  // Everything is read and checked before anything is changed.
  Reader reader(state);
  reader.check_text("rule", fmt::format("{} version {}", name, rule->version));
  const std::uint64_t new_steps = reader.count("steps");
  struct Restored {
    std::vector<double> set, saved;
    std::vector<std::uint64_t> t;
    std::vector<std::vector<Tensor>> states;
  };
  std::vector<Restored> restored(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const GroupData& group = groups[g];
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double value = reader.at(group_key(g, table[i]->name), f64, {}).item();
      OptionValue given = value;
      if (table[i]->kind == ATTUNE_CHOICE && value >= 0 && value < table[i]->n_choices) {
        given = OptionValue(table[i]->choices[static_cast<std::size_t>(value)]);
      }
      restored[g].set.push_back(internal::checked_value("optimizer state", *table[i], given));
      if (group.schedules[i]) {
        reader.check_text(group_key(g, fmt::format("{}.schedule", table[i]->name)),
                          group.schedules[i]->text());
      }
    }
    for (std::size_t i = 0; i < group.saved.size(); ++i) {
      const std::string key = group_key(g, fmt::format("saved.{}", rule->saved[i]->name));
      restored[g].saved.push_back(reader.at(key, f64, {}).item());
    }
    for (const Slot& slot : group.slots) {
      restored[g].t.push_back(reader.count(slot.param.path + ".t"));
      std::vector<Tensor> states(rule->n_states);
      for (std::size_t i = 0; i < states.size(); ++i) {
        const std::string key = fmt::format("{}.{}", slot.param.path, rule->states[i]->name);
        if (!reader.find(key)) continue;
        states[i] = reader.at(key, slot.dtype, slot.param.tensor.shape()).clone();
      }
      restored[g].states.push_back(std::move(states));
    }
  }
  reader.check_all_used();

  steps = new_steps;
  damage.clear();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    GroupData& group = groups[g];
    group.set = group.current = std::move(restored[g].set);
    group.saved = std::move(restored[g].saved);
    choose_states(group);
    for (std::size_t s = 0; s < group.slots.size(); ++s) {
      Slot& slot = group.slots[s];
      slot.t = restored[g].t[s];
      slot.states = std::move(restored[g].states[s]);
      slot.pointers.assign(slot.states.size(), nullptr);
      for (std::size_t i = 0; i < slot.states.size(); ++i) {
        if (slot.states[i].defined()) slot.pointers[i] = slot.states[i].impl()->data;
      }
    }
  }
}

}  // namespace attune::optim
