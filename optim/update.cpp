// One group's step across the C boundary.
#include "optim/update.hpp"

#include <algorithm>
#include <limits>

#include "core/float_control.hpp"
#include "core/host.hpp"
#include "core/impl.hpp"

namespace attune::optim {

namespace {

// Streams of random numbers for one tensor each, apart from those of groups.
constexpr std::uint64_t tensor_streams = std::uint64_t{1} << 63;

constexpr std::uint32_t code_of(DType dtype) { return dtype == f64 ? ATTUNE_F64 : ATTUNE_F32; }

}  // namespace

template <class Call>
void Update::call(const Call& call) const {
  internal::call_plugin(call, [&] { return optimizer_.who(); });
}

void Update::prepare(const std::vector<double>& sums) {
  for (const Slot& slot : group_.slots) {
    if (!slot.gradient.defined()) continue;
    if (std::ranges::find(counts_, count(slot)) == counts_.end()) counts_.push_back(count(slot));
  }
  const attune_rule& rule = *optimizer_.rule;
  stride_ = (rule.step_bytes + rule.step_align - 1) / rule.step_align * rule.step_align;
  memory_.resize(stride_ * counts_.size() + rule.step_align);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const attune_step step = describe(counts_[i], sums);
    call([&] { return rule.prepare(&step, closure(i)); });
  }
}

void Update::run() {
  group_.for_pieces(4, [this](std::size_t i, const Slot& slot) {
    const internal::FlushSubnormals flushing;
    const auto& [number, first, count] = group_.pieces[i];
    const std::int64_t longest = transform_.changes_nothing() ? count : group_.part;
    for (std::int64_t begin = 0; begin < count; begin += longest) {
      update({number, first + begin, std::min(longest, count - begin)}, slot);
    }
  });
}

std::uint64_t Update::count(const Slot& slot) const {
  return optimizer_.rule->n_saved > 0 ? optimizer_.steps + 1 : slot.t + 1;
}

attune_step Update::describe(std::uint64_t t, const std::vector<double>& sums) const {
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
    step.lr_max = group_.schedules[i] ? group_.set[i] * group_.schedules[i]->peak() : group_.set[i];
  }
  step.loss = std::numeric_limits<double>::quiet_NaN();
  step.key = {seed(), optimizer_.steps << 16 | number_};
  step.self = group_.self;
  return step;
}

std::uint64_t Update::seed() const {
  const int seed = optimizer_.host.seed;
  return seed >= 0 ? static_cast<std::uint64_t>(group_.current[static_cast<std::size_t>(seed)]) : 0;
}

void* Update::closure(std::size_t i) {
  const std::size_t align = optimizer_.rule->step_align;
  const auto start = reinterpret_cast<std::uintptr_t>(memory_.data());
  return reinterpret_cast<void*>((start + align - 1) / align * align + i * stride_);
}

namespace {

// The whole tensor, as a rule may see it.
attune_param whole_of(const Slot& slot) {
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

}  // namespace

void Update::update(const Piece& piece, const Slot& slot) {
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
  const attune_param whole = whole_of(slot);
  chunk.param = &whole;
  const auto prepared = std::ranges::find(counts_, count(slot)) - counts_.begin();
  call(
      [&] { return optimizer_.rule->update(closure(static_cast<std::size_t>(prepared)), &chunk); });
}

}  // namespace attune::optim
