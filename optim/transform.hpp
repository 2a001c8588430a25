// What happens to a gradient, and to its parameter, before the rule sees them: clipping, the sign
// of maximize, weight decay.
#pragma once

#include <cstdint>

#include "attune/dtype.hpp"

namespace attune::optim {

struct Transform {
  double scale = 1;   // of the gradient: clip_norm's factor, negative to maximize
  double bound = 0;   // of its elements, by absolute value; 0: none
  double l2 = 0;      // times the parameter is added to it
  double shrink = 1;  // of the parameter: decoupled decay, 1 - lr * weight_decay

  bool changes_nothing() const { return scale == 1 && bound == 0 && l2 == 0 && shrink == 1; }

  // `count` elements of type f32 or f64. Shrinks them at `values`; gives what the rule takes for
  // the gradient: `gradient` itself, or this thread's scratch until its next use.
  const void* operator()(DType dtype, std::int64_t count, void* values, const void* gradient) const;
};

}  // namespace attune::optim
