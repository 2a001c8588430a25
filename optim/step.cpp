// One step of an optimizer: the host's pipeline around the rule's arithmetic.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/host.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/parallel.hpp"
#include "optim/optimizer.hpp"
#include "optim/transform.hpp"

namespace attune::optim {

using internal::fail;

namespace {

// Streams of random numbers for one tensor each, apart from those of groups.
constexpr std::uint64_t tensor_streams = std::uint64_t{1} << 63;

constexpr std::uint32_t code_of(DType dtype) { return dtype == f64 ? ATTUNE_F64 : ATTUNE_F32; }

}  // namespace

// The updates of one group in one step.
class Update {
 public:
  Update(Optimizer::Impl& optimizer, GroupData& group, std::uint32_t number,
         const Transform& transform)
      : optimizer_(optimizer), group_(group), number_(number), transform_(transform) {}

  // The closures of the step, one for each count of updates that the group's parameters are at.
  // Writes nothing but the saved scalars.
  void prepare(const std::vector<double>& sums) {
    for (const Slot& slot : group_.slots) {
      if (!slot.gradient.defined()) continue;
      if (std::ranges::find(counts_, count(slot)) == counts_.end()) counts_.push_back(count(slot));
    }
    const attune_rule& rule = *optimizer_.rule;
    stride_ = (rule.step_bytes + rule.step_align - 1) / rule.step_align * rule.step_align;
    memory_.resize(stride_ * counts_.size() + rule.step_align);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const attune_step step = describe(counts_[i], sums);
      call(rule.prepare(&step, closure(i)));
    }
  }

  void run() {
    internal::parallel_for(static_cast<std::int64_t>(group_.pieces.size()), 4 * group_.elements,
                           [this](std::int64_t i) {
                             const Piece& piece = group_.pieces[static_cast<std::size_t>(i)];
                             const Slot& slot = group_.slots[piece.slot];
                             if (slot.gradient.defined()) update(piece, slot);
                           });
  }

 private:
  // The number of the update, as the rule sees it. Saved scalars move once per step of the group,
  // so a rule that has some counts the steps of the optimizer.
  std::uint64_t count(const Slot& slot) const {
    return optimizer_.rule->n_saved > 0 ? optimizer_.steps + 1 : slot.t + 1;
  }

  attune_step describe(std::uint64_t t, const std::vector<double>& sums) const {
    attune_step step{};
    step.struct_size = sizeof(step);
    step.group = number_;
    step.t = t;
    step.options = group_.current.data();
    step.saved = group_.saved.data();
    step.sums = sums.empty() ? nullptr : sums.data();
    const int lr =
        internal::find_option({optimizer_.rule->options, optimizer_.rule->n_options}, "lr");
    if (lr >= 0) {
      const auto i = static_cast<std::size_t>(lr);
      step.lr = group_.current[i];
      step.lr_max =
          group_.schedules[i] ? group_.set[i] * group_.schedules[i]->peak() : group_.set[i];
    }
    step.loss = std::numeric_limits<double>::quiet_NaN();
    step.key = {seed(), optimizer_.steps << 16 | number_};
    step.self = group_.self;
    return step;
  }

  std::uint64_t seed() const {
    const int seed = optimizer_.host.seed;
    return seed >= 0 ? static_cast<std::uint64_t>(group_.current[static_cast<std::size_t>(seed)])
                     : 0;
  }

  void* closure(std::size_t i) {
    const std::size_t align = optimizer_.rule->step_align;
    const auto start = reinterpret_cast<std::uintptr_t>(memory_.data());
    return reinterpret_cast<void*>((start + align - 1) / align * align + i * stride_);
  }

  void update(const Piece& piece, const Slot& slot) {
    const std::size_t size = size_of(slot.dtype);
    const auto offset = static_cast<std::size_t>(piece.first) * size;
    void* states[max_states];
    for (std::size_t i = 0; i < slot.pointers.size(); ++i) {
      states[i] = slot.pointers[i] ? static_cast<std::byte*>(slot.pointers[i]) + offset : nullptr;
    }
    attune_chunk chunk{};
    chunk.struct_size = sizeof(chunk);
    chunk.dtype = code_of(slot.dtype);
    chunk.count = piece.count;
    chunk.first = piece.first;
    chunk.tensor = slot.number;
    chunk.value = slot.param.tensor.impl()->data + offset;
    chunk.gradient = slot.gradient.impl()->data + offset;
    chunk.states = states;
    chunk.gradient = transform_(slot.dtype, chunk.count, chunk.value, chunk.gradient);
    chunk.key = {seed(), tensor_streams | optimizer_.steps << 24 | slot.number};
    const attune_param whole = describe(slot);
    chunk.param = &whole;
    const auto prepared = std::ranges::find(counts_, count(slot)) - counts_.begin();
    call(optimizer_.rule->update(closure(static_cast<std::size_t>(prepared)), &chunk));
  }

  // The whole tensor, as a rule may see it.
  static attune_param describe(const Slot& slot) {
    attune_param param{};
    param.struct_size = sizeof(param);
    param.role = static_cast<std::uint32_t>(slot.param.role);
    param.dtype = code_of(slot.dtype);
    param.rank = static_cast<std::uint32_t>(slot.param.tensor.dim());
    param.name = slot.param.path.c_str();
    param.shape = slot.param.tensor.shape().data();
    param.count = slot.param.tensor.numel();
    param.tensor = slot.number;
    param.value = slot.param.tensor.impl()->data;
    param.gradient = slot.gradient.impl()->data;
    param.states = slot.pointers.data();
    return param;
  }

  void call(std::int32_t code) const {
    internal::end_call(code, [&] { return optimizer_.who(); });
  }

  Optimizer::Impl& optimizer_;
  GroupData& group_;
  std::uint32_t number_;
  Transform transform_;
  std::vector<std::uint64_t> counts_;
  std::size_t stride_ = 0;
  std::vector<std::byte> memory_;
};

std::string Optimizer::Impl::who() const {
  return fmt::format("optimizer {} at step {}{}", name, steps + 1, origin);
}

void Optimizer::Impl::collect(const Gradients& gradients) {
  bool any = false;
  for (GroupData& group : groups) {
    for (Slot& slot : group.slots) {
      const Tensor* const found = gradients.find(slot.param.tensor);
      slot.gradient = Tensor();
      if (!found) continue;
      internal::operand("optimizer", slot.param.tensor);
      if (slot.param.tensor.dtype() != slot.dtype) {
        fail(ErrorKind::state, who(),
             "parameter {} was {} when the optimizer was made and is {} now: "
             "convert the model first",
             slot.param.path, slot.dtype, slot.param.tensor.dtype());
      }
      slot.gradient = internal::as_contiguous("optimizer", *found, slot.dtype);
      any = true;
    }
  }
  if (!any) {
    fail(ErrorKind::state, who(),
         "none of its parameters has a gradient in what backward returned: the model was copied or "
         "replaced after optim::make (restore weights by assignment, `model = best`)");
  }
}

void Optimizer::Impl::check_finite() const {
  for (const GroupData& group : groups) {
    if (host.check_finite >= 0 && group.set[static_cast<std::size_t>(host.check_finite)] == 0)
      continue;
    for (const Slot& slot : group.slots) {
      if (!slot.gradient.defined() || internal::all_finite(slot.gradient)) continue;
      fail(ErrorKind::numeric, who(),
           "the gradient of {} holds a NaN or an infinity; nothing was changed: lower lr, set "
           "clip_norm, or find the operation with a DetectAnomaly scope",
           slot.param.path);
    }
  }
}

void Optimizer::Impl::apply_schedules() {
  for (GroupData& group : groups) {
    const bool moved = std::ranges::any_of(
        group.schedules,
        [](const std::optional<Schedule>& schedule) { return schedule.has_value(); });
    if (moved) settle(group, group.slots, steps, who());
  }
}

double Optimizer::Impl::clip_factor(const GroupData& group) {
  const double bound =
      host.clip_norm < 0 ? 0 : group.current[static_cast<std::size_t>(host.clip_norm)];
  if (bound == 0) return 1;
  if (std::isnan(gradient_norm)) {
    double squares = 0;
    for (const GroupData& other : groups) {
      for (const Slot& slot : other.slots) {
        if (slot.gradient.defined()) squares += internal::sum_of_squares(slot.gradient);
      }
    }
    gradient_norm = std::sqrt(squares);
  }
  return gradient_norm > bound ? bound / gradient_norm : 1;
}

void Optimizer::Impl::start_states(GroupData& group, Slot& slot) const {
  slot.states.resize(rule->n_states);
  slot.pointers.resize(rule->n_states);
  for (std::uint32_t i = 0; i < rule->n_states; ++i) {
    if (slot.states[i].defined() || !group.active[i]) continue;
    const attune_state& declared = *rule->states[i];
    Tensor& state = slot.states[i];
    state = internal::empty_tensor("optimizer", slot.param.tensor.shape(), slot.dtype);
    switch (declared.init) {
      case ATTUNE_INIT_PARAM:
        internal::copy(slot.param.tensor, state);
        break;
      case ATTUNE_INIT_OPTION:
        internal::fill(state, group.current[declared.option]);
        break;
      default:
        internal::fill(state, declared.value);
        break;
    }
    slot.pointers[i] = state.impl()->data;
  }
}

namespace {

Transform transform_of(const HostOptions& host, const GroupData& group, const attune_rule& rule,
                       double clip) {
  const auto value = [&](int index) {
    return index < 0 ? 0.0 : group.current[static_cast<std::size_t>(index)];
  };
  Transform transform;
  transform.scale = value(host.maximize) != 0 ? -clip : clip;
  transform.bound = value(host.clip_value);
  const double decay = value(host.weight_decay);
  if (decay == 0) return transform;
  if (value(host.decay) == 0) {
    transform.l2 = decay;
    return transform;
  }
  const int lr = internal::find_option({rule.options, rule.n_options}, "lr");
  transform.shrink = 1 - (lr < 0 ? 1 : group.current[static_cast<std::size_t>(lr)]) * decay;
  return transform;
}

}  // namespace

void Optimizer::Impl::step(const Gradients& gradients) {
  if (!damage.empty()) {
    fail(ErrorKind::state, who(), "an earlier step failed halfway ({}): load a checkpoint", damage);
  }
  collect(gradients);
  check_finite();
  apply_schedules();
  gradient_norm = std::numeric_limits<double>::quiet_NaN();

  std::vector<Update> updates;
  updates.reserve(groups.size());
  std::vector<std::vector<double>> saved;
  for (const GroupData& group : groups) saved.push_back(group.saved);
  try {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      GroupData& group = groups[i];
      updates.emplace_back(*this, group, static_cast<std::uint32_t>(i),
                           transform_of(host, group, *rule, clip_factor(group)));
      updates.back().prepare({});
      for (Slot& slot : group.slots) {
        if (slot.gradient.defined()) start_states(group, slot);
      }
    }
  } catch (...) {
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i].saved = saved[i];
    throw;
  }

  const NoGrad writing;
  for (GroupData& group : groups) {
    for (Slot& slot : group.slots) {
      if (slot.gradient.defined()) internal::begin_write("optimizer", slot.param.tensor);
    }
  }
  try {
    for (Update& update : updates) update.run();
  } catch (const std::exception& error) {
    damage = error.what();
    throw;
  }
  for (GroupData& group : groups) {
    for (Slot& slot : group.slots) {
      if (slot.gradient.defined()) ++slot.t;
      slot.gradient = Tensor();
    }
  }
  ++steps;
}

}  // namespace attune::optim
