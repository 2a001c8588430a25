// One step of an optimizer: the host's pipeline around the rule's arithmetic.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <utility>

#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/host.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/parallel.hpp"
#include "optim/optimizer.hpp"
#include "optim/transform.hpp"
#include "optim/update.hpp"

namespace attune::optim {

using internal::fail;

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

namespace {

const std::byte* elements_of(const Slot& slot, std::int64_t first) {
  return slot.gradient.impl()->data + static_cast<std::size_t>(first) * size_of(slot.dtype);
}

// Of the gradients, added as Gradients::norm adds them: parts of a tensor, then tensors.
double squares_of(const GroupData& group) {
  std::vector<std::array<double, parts_of_piece>> sums(group.pieces.size());
  group.for_pieces(1, [&](std::size_t i, const Slot& slot) {
    const auto& [number, first, count] = group.pieces[i];
    double* sum = sums[i].data();
    for (std::int64_t begin = 0; begin < count; begin += group.part) {
      *sum++ = internal::part_sum_of_squares(slot.dtype, elements_of(slot, first + begin),
                                             std::min(group.part, count - begin));
    }
  });
  double total = 0, of_tensor = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (group.pieces[i].first == 0) total += std::exchange(of_tensor, 0);
    for (const double sum : sums[i]) of_tensor += sum;
  }
  return total + of_tensor;
}

}  // namespace

void Optimizer::Impl::check_finite() const {
  for (const GroupData& group : groups) {
    if (host.check_finite >= 0 && group.set[static_cast<std::size_t>(host.check_finite)] == 0)
      continue;
    std::atomic<bool> finite = true;
    group.for_pieces(1, [&](std::size_t i, const Slot& slot) {
      const Piece& piece = group.pieces[i];
      if (!internal::part_is_finite(slot.dtype, elements_of(slot, piece.first), piece.count))
        finite = false;
    });
    if (finite) continue;
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

// Of finite gradients whose squares are beyond f64: in units of the largest.
double Optimizer::Impl::norm_beyond_squares() const {
  const NoGrad values_only;
  double largest = 0, squares = 0;
  const auto for_each = [&](const auto& f) {
    for (const GroupData& group : groups) {
      for (const Slot& slot : group.slots) {
        if (slot.gradient.defined() && slot.gradient.numel() > 0) f(slot.gradient);
      }
    }
  };
  for_each([&](const Tensor& g) { largest = std::max(largest, amax(abs(g)).item()); });
  if (!std::isfinite(largest)) return largest;
  for_each([&](const Tensor& g) { squares += internal::sum_of_squares(div(g, largest)); });
  return largest * std::sqrt(squares);
}

double Optimizer::Impl::clip_factor(const GroupData& group) {
  const double bound =
      host.clip_norm < 0 ? 0 : group.current[static_cast<std::size_t>(host.clip_norm)];
  if (bound == 0) return 1;
  if (std::isnan(gradient_norm)) {
    double squares = 0;
    for (const GroupData& other : groups) squares += squares_of(other);
    gradient_norm = std::isinf(squares) ? norm_beyond_squares() : std::sqrt(squares);
  }
  return gradient_norm > bound ? bound / gradient_norm : 1;
}

void Optimizer::Impl::start_states(const GroupData& group, Slot& slot,
                                   std::vector<Begun>& begun) const {
  slot.states.resize(rule->n_states);
  slot.pointers.resize(rule->n_states);
  for (std::uint32_t i = 0; i < rule->n_states; ++i) {
    if (slot.states[i].defined() || !group.active[i]) continue;
    begun.push_back({&slot, i});
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
  std::vector<Begun> begun;
  for (const GroupData& group : groups) saved.push_back(group.saved);
  try {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      GroupData& group = groups[i];
      updates.emplace_back(*this, group, static_cast<std::uint32_t>(i),
                           transform_of(host, group, *rule, clip_factor(group)));
      updates.back().prepare({});
    }
    for (GroupData& group : groups) {
      for (Slot& slot : group.slots) {
        if (!slot.gradient.defined()) continue;
        start_states(group, slot, begun);
      }
    }
  } catch (...) {
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i].saved = saved[i];
    for (const auto& [slot, state] : begun) {
      slot->states[state] = Tensor();
      slot->pointers[state] = nullptr;
    }
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
