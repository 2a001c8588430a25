// The weights of convolutions, their sizes checked.
#include "attune/nn/conv.hpp"

#include "core/fail.hpp"

namespace attune::nn {
namespace {

void check(const char* layer, std::int64_t in, std::int64_t out, std::int64_t groups) {
  if (groups < 1 || in % groups != 0 || out % groups != 0) {
    internal::fail(ErrorKind::value, layer,
                   "groups is {} and must divide the {} input and {} output channels", groups, in,
                   out);
  }
}

}  // namespace

Param convolution_weight(std::int64_t in, std::int64_t out, Size2d kernel, std::int64_t groups) {
  check("Conv2d", in, out, groups);
  return Param::weight({out, in / groups, kernel.height, kernel.width});
}

Param convolution_weight(std::int64_t in, std::int64_t out, std::int64_t kernel,
                         std::int64_t groups) {
  check("Conv1d", in, out, groups);
  return Param::weight({out, in / groups, kernel});
}

Param transposed_weight(std::int64_t in, std::int64_t out, Size2d kernel, std::int64_t groups) {
  check("ConvTranspose2d", in, out, groups);
  const std::int64_t taps = kernel.height * kernel.width;
  return Param({in, out / groups, kernel.height, kernel.width}, Role::weight, in / groups * taps,
               out / groups * taps);
}

}  // namespace attune::nn
