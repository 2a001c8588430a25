// Constants.
#include "attune/ops/creation.hpp"

#include "core/elementwise.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::empty_tensor;

Tensor empty(const Shape& shape, DType dtype) { return empty_tensor("empty", shape, dtype); }

Tensor full(const Shape& shape, Number value, DType dtype) {
  Tensor result = empty_tensor("full", shape, dtype);
  internal::fill(result, value);
  return result;
}

Tensor full(const Shape& shape, Number value) { return full(shape, value, value.dtype()); }
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor empty_like(const Tensor& x) { return empty(x.shape(), x.dtype()); }
Tensor full_like(const Tensor& x, Number value) { return full(x.shape(), value, x.dtype()); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

}  // namespace attune
