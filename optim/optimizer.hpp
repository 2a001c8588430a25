// What an Optimizer holds. Private to optim/.
#pragma once

#include <attune/optim.hpp>
#include <attune/plugin_abi.h>
#include <limits>
#include <optional>
#include <span>

#include "core/options.hpp"
#include "core/parallel.hpp"

namespace attune::optim {

// Indices of the host's own options, which follow the rule's in a group's list. -1: the rule owns
// it.
struct HostOptions {
  int weight_decay, decay, maximize, clip_norm, clip_value, check_finite, seed;
};

// A rule with more states than this is refused when it is registered.
inline constexpr std::size_t max_states = 16;

// One parameter and what the rule keeps for it.
struct Slot {
  ParamHandle param;
  std::uint64_t identity = 0;
  std::uint64_t number = 0;  // within the optimizer
  DType dtype = f32;
  std::uint64_t t = 0;          // updates of this parameter
  std::vector<Tensor> states;   // undefined where not active or not yet begun
  std::vector<void*> pointers;  // to their elements
  Tensor gradient;              // of the step that is running, contiguous
};

// A piece of a parameter, for one call of the rule, of up to `parts_of_piece` parts. A part is what
// a Transform fills scratch memory with at a time, and what Gradients::norm sums at a time. (sgd on
// 10 M f32 without a check on Zen 5, us on one thread and two, pieces of one part and of four: 1963
// and 1880, 1924 and 1867.)
struct Piece {
  std::uint32_t slot;
  std::int64_t first, count;
};
inline constexpr std::int64_t parts_of_piece = 4;

// Pieces [first, end) of a group: small ones share a thread's turn.
struct Task {
  std::size_t first, end;
  double place;  // of the first piece within its tensor, 0 to 1
};

// The options of a group, and what follows from them: the values after schedules, and the states
// that are in use.
struct Settings {
  std::vector<double> set;  // the rule's first
  std::vector<std::optional<Schedule>> schedules;
  std::vector<double> current;
  std::vector<bool> active;
};

struct GroupData : Settings {
  std::vector<double> saved;
  std::vector<Slot> slots;
  std::vector<Piece> pieces;
  std::vector<Task> tasks;  // in the order of their places
  std::int64_t elements = 0;
  std::int64_t part = 0;  // elements of a part
  void* self = nullptr;

  // f(index of a piece, its slot) for all pieces of parameters that have a gradient, all tensors in
  // one parallel loop. `cost` is the work of an element. Cut alike each time: what a thread has
  // read is in its core's cache when it comes again.
  template <class F>
  void for_pieces(std::int64_t cost, const F& f) const {
    internal::parallel_for(static_cast<std::int64_t>(tasks.size()), cost * elements,
                           [&](std::int64_t number) {
                             const Task& task = tasks[static_cast<std::size_t>(number)];
                             for (std::size_t k = task.first; k < task.end; ++k) {
                               const Slot& slot = slots[pieces[k].slot];
                               if (slot.gradient.defined()) f(k, slot);
                             }
                           });
  }
};

struct Optimizer::Impl {
  const attune_rule* rule = nullptr;
  std::string name;                         // of the rule
  std::string origin;                       // " (path)" of the plugin that it is from
  std::vector<const attune_option*> table;  // the rule's options, then the host's
  HostOptions host{};
  std::vector<GroupData> groups;
  std::uint64_t steps = 0;
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  std::string damage;  // why no further step is possible

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  GroupData& group(int index);
  void set(std::span<GroupData> chosen, std::string_view option, const OptionValue& value);
  void put_on_schedule(std::span<GroupData> chosen, std::string_view option,
                       const Schedule& schedule);
  // An option when `step` updates are done.
  double value_at(const Settings& settings, std::size_t option, std::uint64_t step) const;
  // Finds `current` and `active` for that time and has the rule check them; `asked` is who asks. On
  // an error nothing is changed.
  void settle(Settings& settings, const std::vector<Slot>& slots, std::uint64_t step,
              const std::string& asked) const;

  void step(const Gradients& gradients);
  State state() const;
  void load(const State& state);

 private:
  template <class Change>
  void change(std::span<GroupData> chosen, std::string_view option, const Change& change);
  double scaled(const Settings& settings, std::size_t option, double factor) const;
  void check_peak(const Settings& settings, std::size_t option) const;
  void validate(const std::vector<double>& options, const std::string& asked) const;
  bool wants_state(const std::vector<double>& options, std::uint32_t state,
                   const std::string& asked) const;

  // The parts of a step, in their order.
  void collect(const Gradients& gradients);
  void check_finite() const;
  void apply_schedules();
  double norm_beyond_squares() const;
  double clip_factor(const GroupData& group);
  // A state that this step began, to be undone where the step is refused.
  struct Begun {
    Slot* slot;
    std::uint32_t state;
  };
  void start_states(const GroupData& group, Slot& slot, std::vector<Begun>& begun) const;
  std::string who() const;
  friend class Update;
};

// The host's options, in the order of HostOptions.
std::vector<const attune_option*> host_option_table();

}  // namespace attune::optim
