// Anomaly mode.
#include "autograd/anomaly.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"

namespace attune::internal {
namespace {

// "inf at element 3" of the first value that is not finite, in row-major order.
std::string first_not_finite(const Tensor& x) {
  const Tensor in = as_contiguous("anomaly", x, x.dtype());
  return visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const begin = data<T>(in);
    const T* const found =
        std::find_if(begin, begin + in.numel(), [](T value) { return !std::isfinite(value); });
    // A NaN has no sign that anyone meant.
    return fmt::format("{} at element {}", std::isnan(*found) ? std::fabs(*found) : *found,
                       found - begin);
  });
}

std::string describe_inputs(std::span<const Tensor* const> inputs) {
  std::string text;
  for (const Tensor* input : inputs) {
    if (!input->defined()) continue;
    if (!text.empty()) text += ", ";
    if (!input->name().empty()) text += fmt::format("{} ", input->name());
    text += to_string(input->shape());
    if (!input->operation().empty()) text += fmt::format(" from {}", input->operation());
    if (input->has_values() && !all_finite(*input)) text += " (already not finite)";
  }
  return text;
}

// The names of the nearest variables that have one, going from `start` against the graph.
std::string nearest_parameters(std::vector<Impl*> level) {
  constexpr std::size_t most = 10'000;  // nodes; a parameter is rarely further
  std::set<std::string> names;
  std::set<const Impl*> seen;  // only looked up
  while (!level.empty() && names.empty() && seen.size() < most) {
    std::vector<Impl*> next;
    for (Impl* node : level) {
      if (!node->interior() && node->extras && !node->extras->name.empty()) {
        names.insert(node->extras->name);
      }
      for (const Edge& edge : std::span(node->edges(), node->edge_count)) {
        if (seen.insert(edge.input).second) next.push_back(edge.input);
      }
    }
    level = std::move(next);
  }
  return names.empty() ? "" : fmt::format("; parameters involved: {}", fmt::join(names, ", "));
}

std::string called_at(std::string_view what, const std::vector<void*>& frames) {
  const std::string caller = describe_caller(frames);
  return caller.empty() ? "" : fmt::format("; {} at {}", what, caller);
}

}  // namespace

void check_finite(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs) {
  if (!is_floating(result.dtype()) || !result.impl()->storage || all_finite(result)) return;
  std::vector<Impl*> start;
  for (const Tensor* input : inputs) {
    if (input->defined()) start.push_back(input->impl());
  }
  const std::string attributes = joined(texts_of(op.attributes));
  fail(ErrorKind::numeric, op.name, "the result of shape {} has {}; inputs: {}{}{}{}{}",
       result.shape(), first_not_finite(result), describe_inputs(inputs),
       attributes.empty() ? "" : "; ", attributes, nearest_parameters(std::move(start)),
       called_at("called", caller_frames()));
}

void check_finite_derivative(const Impl& node, const Tensor& gradient, const Impl& input,
                             const Tensor& derivative) {
  if (all_finite(derivative)) return;
  Impl* const start = const_cast<Impl*>(&input);
  fail(ErrorKind::numeric, "backward",
       "the derivative of {} by its input of shape {}{}{} has {}; the gradient that came in is "
       "{}{}{}{}",
       node.operation, input.shape, input.interior() ? " from " : "",
       input.interior() ? input.operation : "", first_not_finite(derivative),
       all_finite(gradient) ? "finite" : "already not finite", nearest_parameters({start}),
       node.extras ? called_at(fmt::format("{} was called", node.operation), node.extras->frames)
                   : "",
       called_at("backward", caller_frames()));
}

}  // namespace attune::internal
