// Puts operations on record, and what every operation passes through: the anomaly check and the
// trace.
#include "attune/record.hpp"

#include <algorithm>

#include "autograd/anomaly.hpp"
#include "autograd/deriving.hpp"
#include "autograd/tracer.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

namespace attune {

using internal::fail;
using internal::Impl;

// An undefined one is for the operation itself to refuse: which of the two comes first is the
// compiler's choice.
Saved::Saved(const Tensor& tensor)
    : tensor_(tensor), version_(tensor.defined() ? tensor.version() : 0) {}

Saved::operator const Tensor&() const {
  if (tensor_.version() != version_) {
    fail(ErrorKind::state, "backward",
         "a tensor of shape {} that the derivative of {} needs was overwritten by {} since it was "
         "saved: clone() it before the write, or write after backward",
         tensor_.shape(), internal::deriving, tensor_.impl()->storage->writer);
  }
  return tensor_;
}

Outline::Outline(const Tensor& tensor) : impl_(tensor.impl()) {
  if (!impl_) fail(ErrorKind::state, "Outline", "of an undefined Tensor");
  impl_->hold();
}
Outline::Outline(const Outline& other) noexcept : impl_(other.impl_) { impl_->hold(); }
Outline::~Outline() { impl_->drop(); }
const Shape& Outline::shape() const noexcept { return impl_->shape; }
DType Outline::dtype() const noexcept { return impl_->dtype; }

namespace internal {

namespace {

// The result of an operation becomes part of the graph.
void enter(const Op& op, Impl& node, std::span<const Tensor* const> inputs) {
  const bool is_input =
      std::ranges::any_of(inputs, [&](const Tensor* input) { return input->impl() == &node; });
  if (is_input || node.interior() || node.requires_grad) {
    fail(ErrorKind::state, op.name,
         "the result given to record() is no new tensor: an operation returns fresh elements or a "
         "fresh view");
  }
  node.operation = op.name;
  node.requires_grad = true;
  node.enter_graph();
  node.result_version = node.storage ? node.storage->version.load(std::memory_order_relaxed) : 0;
  if (inputs.size() > std::size(node.inline_edges)) {
    node.edge_capacity = static_cast<std::uint32_t>(inputs.size());
    node.more_edges = static_cast<Edge*>(pool_allocate(inputs.size() * sizeof(Edge)));
  }
  if (current_mode.check_finite) node.extra().frames = caller_frames();
}

}  // namespace

bool begin_record(const Op& op, Tensor& result, std::span<const Tensor* const> inputs,
                  bool derivable) {
  const Mode& mode = current_mode;
  Impl* const made = result.impl();
  if (!made) {
    fail(ErrorKind::state, op.name,
         "the result given to record() is an undefined Tensor: the value of an operation must "
         "return a new tensor");
  }
  if (mode.check_finite) check_finite(op, result, inputs);
  const bool wanted = derivable && mode.recording && is_floating(made->dtype);
  if (wanted) enter(op, *made, inputs);
  if (mode.tracer) mode.tracer->add(op, result, inputs);
  return wanted;
}

void* add_edge(Tensor& result, const Tensor& input, std::size_t closure_bytes,
               Tensor (*call)(const void*, const Tensor&, const Tensor&),
               void (*destroy)(void*) noexcept, bool needs_result) {
  Impl& node = *result.impl();
  Edge& edge = node.edges()[node.edge_count];
  const bool outside = closure_bytes > Edge::closure_size;
  edge.outside_bytes = outside ? static_cast<std::uint32_t>(closure_bytes) : 0;
  if (outside) *reinterpret_cast<void**>(edge.closure) = pool_allocate(closure_bytes);
  edge.input = input.impl();
  edge.input->hold();
  edge.call = call;
  edge.destroy = destroy;
  edge.needs_result = needs_result;
  node.keeps_values = node.keeps_values || needs_result;
  ++node.edge_count;
  return edge.captures();
}

}  // namespace internal
}  // namespace attune
