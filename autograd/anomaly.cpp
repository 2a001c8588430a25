// Anomaly mode.
#include "autograd/anomaly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::internal {
namespace {

// Where the first value that is not finite stands in row-major order, and which it is.
std::pair<std::int64_t, double> first_not_finite(const Tensor& x) {
  const Tensor in = as_contiguous("anomaly", x, x.dtype());
  return visit_floating(in.dtype(), [&](auto zero) -> std::pair<std::int64_t, double> {
    using T = decltype(zero);
    const T* const begin = data<T>(in);
    const T* const found =
        std::find_if(begin, begin + in.numel(), [](T value) { return !std::isfinite(value); });
    return {found - begin, static_cast<double>(*found)};
  });
}

std::string describe_inputs(std::span<const Tensor* const> inputs) {
  std::string text;
  for (const Tensor* input : inputs) {
    if (!text.empty()) text += ", ";
    if (!input->name().empty()) text += fmt::format("{} ", input->name());
    text += to_string(input->shape());
    if (!input->operation().empty()) text += fmt::format(" from {}", input->operation());
    if (!all_finite(*input)) text += " (already not finite)";
  }
  return text;
}

}  // namespace

void check_finite(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs) {
  if (!result.impl()->storage || all_finite(result)) return;
  const auto [position, value] = first_not_finite(result);
  const std::string caller = describe_caller(caller_frames());
  fail(ErrorKind::numeric, op.name, "the result of shape {} has {} at element {}; inputs: {}{}{}",
       result.shape(), value, position, describe_inputs(inputs), caller.empty() ? "" : "; called at ",
       caller);
}

}  // namespace attune::internal
