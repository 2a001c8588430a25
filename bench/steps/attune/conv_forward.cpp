// Convolutions by attune, as a user writes them: each makes its result.
#include <attune/mode.hpp>
#include <attune/ops/conv.hpp>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;

const bench::Registered registered(
    bench::convolutions("conv_forward", 1, [](const bench::Convolution& c) {
      auto y = std::make_shared<Tensor>();
      const Conv2dOptions options{.stride = c.stride, .padding = c.padding, .groups = c.groups};
      return bench::Step{
          [=, x = tensor(c.x(), {c.images, c.in, c.side, c.side}),
           weight = tensor(c.weight(), {c.out, c.in / c.groups, c.kernel, c.kernel})] {
            const NoGrad values_only;
            *y = conv2d(x, weight, options);
          },
          [y] {
            std::vector<double> result;
            bench::append_sums(y->values<float>(), result);
            return result;
          }};
    }));

}  // namespace
