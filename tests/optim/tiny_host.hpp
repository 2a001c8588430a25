// A host of the plugin boundary in as few lines as it takes: it owns arrays, cuts them into chunks
// and calls the C table. It schedules nothing and checks nothing.
#pragma once

#include <algorithm>
#include <attune/plugin_abi.h>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tiny {

inline thread_local std::string last_failure;

inline int calls_for_draws = 0;

// A draw that tells all it was keyed by.
inline std::int32_t keyed(attune_key key, std::uint32_t draw, std::int64_t first,
                          std::int64_t count, double* out) {
  ++calls_for_draws;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto word = (key.seed * 31 + key.stream * 17 + draw * 7) * 1000003u +
                      static_cast<std::uint64_t>(first + i) * 2654435761u;
    out[i] = static_cast<double>(word % 65536) / 65536;
  }
  return ATTUNE_OK;
}

inline const attune_host& host() {
  static const attune_host table = [] {
    attune_host h{};
    h.struct_size = sizeof h;
    h.abi_major = ATTUNE_ABI_MAJOR;
    h.abi_minor = ATTUNE_ABI_MINOR;
    h.fail = [](const char* text) { last_failure = text; };
    h.uniform = keyed;
    h.normal = [](attune_key key, std::uint32_t draw, std::int64_t first, std::int64_t count,
                  double* out) {
      return keyed({~key.seed, key.stream}, draw, first, count, out);
    };
    return h;
  }();
  return table;
}

template <class T>
inline constexpr std::uint32_t dtype_of = sizeof(T) == 4 ? ATTUNE_F32 : ATTUNE_F64;

// One group of one tensor under one rule.
template <class T>
class Run {
 public:
  Run(const attune_rule& rule, std::vector<T> start) : rule_(&rule), value(std::move(start)) {
    for (std::uint32_t i = 0; i < rule.n_options; ++i) options.push_back(rule.options[i]->initial);
    for (std::uint32_t i = 0; i < rule.n_saved; ++i) saved.push_back(rule.saved[i]->initial);
    const std::size_t align = rule.step_align;
    scratch_.resize(rule.step_bytes + align);
    offset_ = align - reinterpret_cast<std::uintptr_t>(scratch_.data()) % align;
  }
  Run(const Run&) = delete;

  void set(std::string_view name, double number) {
    for (std::uint32_t i = 0; i < rule_->n_options; ++i) {
      if (name == rule_->options[i]->name) {
        options[i] = number;
        return;
      }
    }
    BOOST_FAIL("no option " << name);
  }

  std::string path = "weight";
  std::uint32_t role = ATTUNE_ROLE_WEIGHT;

  // With keep_all, states that the rule calls inactive exist as well.
  void step(const std::vector<T>& gradient, std::size_t chunk_size, bool keep_all = false) {
    if (states.empty()) allocate(keep_all);
    ++t;
    attune_step step{};
    step.struct_size = sizeof step;
    step.t = t;
    step.options = options.data();
    step.saved = saved.data();
    step.loss = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> sums(rule_->n_sums);
    if (rule_->reduce != nullptr) {
      check(rule_->prepare_reduce(&step, scratch()));
      chunks(gradient.data(), chunk_size, [&](const attune_chunk& chunk) {
        return rule_->reduce(scratch(), &chunk, sums.data());
      });
      step.sums = sums.data();
      if (rule_->combine != nullptr) check(rule_->combine(&step));
    }
    check(rule_->prepare(&step, scratch()));
    chunks(gradient.data(), chunk_size,
           [&](const attune_chunk& chunk) { return rule_->update(scratch(), &chunk); });
  }

  std::vector<T> evaluation(std::size_t chunk_size) {
    attune_step step{};
    step.struct_size = sizeof step;
    step.t = t;
    step.options = options.data();
    step.saved = saved.data();
    std::vector<T> out(value.size());
    chunks(nullptr, chunk_size, [&](const attune_chunk& chunk) {
      return rule_->eval_view(&step, &chunk, out.data() + chunk.first);
    });
    return out;
  }

 private:
  const attune_rule* rule_;

 public:
  std::vector<T> value;
  std::vector<double> options, saved;
  std::vector<std::vector<T>> states;  // an inactive one is empty
  std::uint64_t t = 0;

 private:
  void* scratch() { return scratch_.data() + offset_; }
  static void check(std::int32_t code) { BOOST_REQUIRE_MESSAGE(code == ATTUNE_OK, last_failure); }

  void allocate(bool keep_all) {
    for (std::uint32_t i = 0; i < rule_->n_states; ++i) {
      const attune_state& state = *rule_->states[i];
      std::uint32_t active = 1;
      check(rule_->state_active(options.data(), i, &active));
      if (!keep_all && active == 0) {
        states.emplace_back();
      } else if (state.init == ATTUNE_INIT_PARAM) {
        states.push_back(value);
      } else {
        const double start = state.init == ATTUNE_INIT_OPTION ? options[state.option] : state.value;
        states.emplace_back(value.size(), static_cast<T>(start));
      }
    }
  }

  template <class F>
  void chunks(const T* gradient, std::size_t size, F&& call) {
    const auto all = static_cast<std::int64_t>(value.size());
    attune_param whole{};
    whole.struct_size = sizeof whole;
    whole.role = role;
    whole.rank = 1;
    whole.name = path.c_str();
    whole.shape = &all;
    whole.count = all;
    for (std::size_t i = 0; i < value.size(); i += size) {
      std::vector<void*> pointers;
      for (auto& state : states) pointers.push_back(state.empty() ? nullptr : state.data() + i);
      const std::size_t count = std::min(size, value.size() - i);
      const attune_chunk chunk{sizeof(attune_chunk),
                               dtype_of<T>,
                               static_cast<std::int64_t>(count),
                               static_cast<std::int64_t>(i),
                               0,
                               value.data() + i,
                               gradient != nullptr ? gradient + i : nullptr,
                               pointers.data(),
                               {7, t},
                               &whole};
      check(call(chunk));
    }
  }

  std::vector<unsigned char> scratch_;
  std::size_t offset_ = 0;
};

}  // namespace tiny
