// The weight of a convolution, its sizes checked.
#include "attune/nn/conv.hpp"

#include "core/fail.hpp"

namespace attune::nn {

Param convolution_weight(std::int64_t in, std::int64_t out, Size2d kernel, std::int64_t groups) {
  if (groups < 1 || in % groups != 0 || out % groups != 0) {
    internal::fail(ErrorKind::value, "Conv2d",
                   "groups is {} and must divide the {} input and {} output channels", groups, in,
                   out);
  }
  return Param::weight({out, in / groups, kernel.height, kernel.width});
}

}  // namespace attune::nn
