// The checks that operations make of their operands and numbers, and of what they write.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <vector>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

namespace attune::internal {

void fail_without_values(const char* operation, const Tensor& tensor) {
  if (!tensor.defined()) {
    fail(ErrorKind::state, operation,
         "an operand is an undefined Tensor (default constructed or moved from)");
  }
  if (!tensor.name().empty()) {
    fail(ErrorKind::state, operation,
         "{} has no values yet: call initialize(params(model), \"he_normal\") or load(model, file)",
         tensor.name());
  }
  fail(ErrorKind::state, operation,
       "a parameter of shape {} has no values yet: call initialize(params(model), \"he_normal\") "
       "or load(model, file)",
       tensor.shape());
}

void check_fits(const char* operation, Number number, DType dtype) {
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      if (number.fits<T>()) return;
      const FailValue value = number.is_floating() ? FailValue(number.floating())
                              : number.beyond_i64()
                                  ? FailValue(static_cast<std::uint64_t>(number.integer()))
                                  : FailValue(number.integer());
      fail(ErrorKind::value, operation,
           "the number {} does not fit {}, which holds {} to {}: take a {} type", value, dtype,
           std::int64_t{std::numeric_limits<T>::min()}, std::int64_t{std::numeric_limits<T>::max()},
           number.is_floating() && !(std::fabs(number.floating()) < 0x1p63) ? "floating" : "wider");
    }
  });
}

int checked_axis(const char* operation, std::int64_t axis, int rank) {
  const std::int64_t normalized = axis < 0 ? axis + rank : axis;
  if (normalized < 0 || normalized >= rank) {
    if (rank == 0) {
      fail(ErrorKind::index, operation, "axis {} of a 0-d tensor, which has no axes", axis);
    }
    fail(ErrorKind::index, operation, "axis {} is outside [{}, {}) of a tensor with {} axes", axis,
         -rank, rank, rank);
  }
  return static_cast<int>(normalized);
}

namespace {

// Whether two elements of a view that is not contiguous lie at one address. Strides are not
// negative.
bool overlaps(const Impl& impl) {
  if (impl.numel < 2) return false;
  struct Axis {
    std::int64_t stride, size;
  };
  std::vector<Axis> axes;
  for (int i = 0; i < impl.shape.rank(); ++i) {
    if (impl.shape[i] > 1) axes.push_back({impl.strides[i], impl.shape[i]});
  }
  std::ranges::sort(axes, {}, &Axis::stride);
  std::int64_t last = 0;
  bool nested = true;  // each axis steps over all that the finer ones reach
  for (const Axis& axis : axes) {
    nested = nested && axis.stride > last;
    last += axis.stride * (axis.size - 1);
  }
  if (nested) return false;
  if (impl.numel > last + 1) return true;
  // Axes may still interleave: visit every address.
  std::vector<bool> taken(static_cast<std::size_t>(last + 1));
  for (std::int64_t k = 0; k < impl.numel; ++k) {
    std::int64_t rest = k, at = 0;
    for (const Axis& axis : axes) {
      at += rest % axis.size * axis.stride;
      rest /= axis.size;
    }
    if (taken[static_cast<std::size_t>(at)]) return true;
    taken[static_cast<std::size_t>(at)] = true;
  }
  return false;
}

}  // namespace

void check_write_closely(const char* operation, const Impl& impl) {
  if (current_mode.recording && impl.requires_grad) {
    fail(ErrorKind::state, operation,
         "writing in place to a tensor that {}: no derivative flows through a write; hold a NoGrad "
         "scope, or use the operation that returns a new tensor",
         impl.interior() ? fmt::format("was recorded by {}", impl.operation)
                         : "requires a gradient");
  }
  if (current_mode.recording && impl.storage->in_graph.load(std::memory_order_relaxed) > 0) {
    fail(ErrorKind::state, operation,
         "writing in place to a tensor of shape {} that shares its elements with one that takes "
         "part in a graph, though no derivative flows through a write (detach() and views taken in "
         "a NoGrad scope see the same memory): hold a NoGrad scope, or take detach().clone()",
         impl.shape);
  }
  if (!impl.contiguous && overlaps(impl)) {
    fail(ErrorKind::state, operation,
         "writing in place to an expanded or unfolded tensor of shape {} with strides {}, some of "
         "whose elements share memory with each other: take detach().clone()",
         impl.shape, impl.strides);
  }
}

}  // namespace attune::internal
