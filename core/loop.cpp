// Merging of axes and broadcasting of strides.
#include "core/loop.hpp"

namespace attune::internal {

Shape broadcast_strides(const Shape& shape, const Shape& strides, const Shape& wider) {
  Shape result = wider;
  const int shift = wider.rank() - shape.rank();
  for (int i = 0; i < wider.rank(); ++i) {
    const bool stretched = i < shift || (shape[i - shift] == 1 && wider[i] != 1);
    result[i] = stretched ? 0 : strides[i - shift];
  }
  return result;
}

Loop make_loop(const Shape& shape, std::span<const Shape> strides) {
  Loop loop;
  loop.operands = static_cast<int>(strides.size());
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    bool merges = loop.rank > 0;
    for (int k = 0; merges && k < loop.operands; ++k) {
      merges = loop.strides[k][loop.rank - 1] == strides[k][axis] * shape[axis];
    }
    if (merges) {
      loop.sizes[loop.rank - 1] *= shape[axis];
    } else {
      loop.sizes[loop.rank++] = shape[axis];
    }
    for (int k = 0; k < loop.operands; ++k) loop.strides[k][loop.rank - 1] = strides[k][axis];
  }
  if (loop.rank == 0) {
    loop.rank = 1;
    loop.sizes[0] = 1;
    for (int k = 0; k < loop.operands; ++k) loop.strides[k][0] = 1;
  }
  return loop;
}

}  // namespace attune::internal
