// Elementwise work on operands of any layout and type: a kernel sees runs of contiguous elements of
// the type that it computes in. An operand that lies otherwise is brought into a buffer of the
// first-level cache, block by block; no whole copy is made of it.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <span>
#include <type_traits>

namespace attune::internal {

// What one kernel call sees: n elements of the result and of each input. A stride is 1, or 0 for
// one value against all.
struct Block {
  std::int64_t n;
  const void* in[3];
  std::int64_t step[3];
  void* out;
};

// An input as it is, broadcast to the result's shape, and the type in which a kernel wants it.
struct BlockInput {
  const Tensor* tensor;
  DType dtype;
  bool dense = false;  // the kernel takes stride 1 only
};

// Calls body(context, block) for pieces that cover y once; they are cut by the shapes and strides
// alone and may run on several threads. `cost`: of an element, 1 for an addition.
// REQUIRES: y is fresh; the inputs broadcast to its shape.
void for_blocks(Tensor& y, std::span<const BlockInput> inputs, std::int64_t cost,
                void (*body)(const void* context, const Block& block), const void* context);

template <class Body>
void for_blocks(Tensor& y, std::span<const BlockInput> inputs, std::int64_t cost,
                const Body& body) {
  for_blocks(
      y, inputs, cost,
      [](const void* context, const Block& block) { (*static_cast<const Body*>(context))(block); },
      &body);
}

// n elements at `from`, `step` apart, converted to contiguous ones at `to`. In core/copy.cpp.
using Gather = void (*)(std::int64_t n, const void* from, std::int64_t step, void* to);
Gather gather_of(DType from, DType to);

}  // namespace attune::internal
