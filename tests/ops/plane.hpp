// One number of a batch of planes, for the direct loops that convolutions and pools are held to.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>

namespace attune::tests {

// x[n, c, y, x], 0 outside the plane.
inline double at(const Tensor& x, std::int64_t n, std::int64_t c, std::int64_t row,
                 std::int64_t column) {
  if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) return 0;
  return x.data<double>()[((n * x.size(1) + c) * x.size(2) + row) * x.size(3) + column];
}

}  // namespace attune::tests
