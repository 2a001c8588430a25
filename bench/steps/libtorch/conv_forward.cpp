// Convolutions by libtorch.
#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

const bench::Registered registered(
    bench::convolutions("conv_forward", 1, [](const bench::Convolution& c) {
      auto y = std::make_shared<torch::Tensor>();
      return bench::Step{
          [=, x = bench::tensor(c.x(), {c.images, c.in, c.side, c.side}),
           weight = bench::tensor(c.weight(), {c.out, c.in / c.groups, c.kernel, c.kernel})] {
            const torch::NoGradGuard values_only;
            *y = torch::conv2d(x, weight, {}, c.stride, c.padding, 1, c.groups);
          },
          [y] {
            std::vector<double> result;
            bench::append_sums({y->data_ptr<float>(), static_cast<std::size_t>(y->numel())},
                               result);
            return result;
          }};
    }));

}  // namespace
