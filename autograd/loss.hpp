// What all losses share: the names of reductions and the rule on empty batches.
#pragma once

#include "attune/ops/loss.hpp"
#include "attune/ops/reduce.hpp"
#include "core/fail.hpp"

namespace attune::internal {

inline const char* name(Reduction reduction) {
  return reduction == Reduction::none ? "none" : reduction == Reduction::mean ? "mean" : "sum";
}

// Error (shape) for a mean over `count` = 0 losses.
inline void check_reduction(const char* operation, Reduction reduction, std::int64_t count,
                            const Shape& shape) {
  if (reduction == Reduction::mean && count == 0) {
    fail(ErrorKind::shape, operation,
         "operands of shape {} leave nothing to average over: skip an empty batch, or use "
         "Reduction::sum",
         shape);
  }
}

// The losses of elements or samples, reduced.
inline Tensor reduce(const Tensor& losses, Reduction reduction) {
  return reduction == Reduction::none  ? losses
         : reduction == Reduction::sum ? sum(losses)
                                       : mean(losses);
}

}  // namespace attune::internal
