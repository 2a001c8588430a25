// Printing shapes and NumPy's broadcasting.
#include "attune/shape.hpp"

#include <algorithm>
#include <ostream>

#include "core/fail.hpp"

namespace attune {

void Shape::too_long() {
  internal::fail(ErrorKind::shape, "Shape", "more than {} axes: merge some with reshape", max_rank);
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& other = a.rank() >= b.rank() ? b : a;
  const int shift = result.rank() - other.rank();
  for (int i = 0; i < other.rank(); ++i) {
    std::int64_t& size = result[i + shift];
    if (size == 1) {
      size = other[i];
    } else if (other[i] != 1 && other[i] != size) {
      const int axis = i + shift - result.rank();
      internal::fail(ErrorKind::shape, operation,
                     "shapes {} and {} do not broadcast: at axis {} the sizes are {} and {}; they "
                     "must be equal, or one of them 1 (unsqueeze adds such an axis)",
                     a, b, axis, a[a.rank() + axis], b[b.rank() + axis]);
    }
  }
  return result;
}

}  // namespace attune
