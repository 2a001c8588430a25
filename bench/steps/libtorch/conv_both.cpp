// Convolutions and their derivatives by libtorch.
#include <torch/csrc/autograd/autograd.h>

#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

struct State {
  torch::Tensor x, weight, g;
  std::vector<torch::Tensor> gradients = {};
};

const bench::Registered registered(
    bench::convolutions("conv_both", 3, [](const bench::Convolution& c) {
      auto state = std::make_shared<State>(State{
          bench::tensor(c.x(), {c.images, c.in, c.side, c.side}).requires_grad_(),
          bench::tensor(c.weight(), {c.out, c.in / c.groups, c.kernel, c.kernel}).requires_grad_(),
          bench::tensor(c.g(), {c.images, c.out, c.out_side(), c.out_side()})});
      return bench::Step{
          [=] {
            const torch::Tensor y =
                torch::conv2d(state->x, state->weight, {}, c.stride, c.padding, 1, c.groups);
            state->gradients = torch::autograd::grad({y}, {state->x, state->weight}, {state->g});
          },
          [=] {
            std::vector<double> result;
            for (const torch::Tensor& given : state->gradients) {
              const torch::Tensor gradient = given.contiguous();
              bench::append_sums(
                  {gradient.data_ptr<float>(), static_cast<std::size_t>(gradient.numel())}, result);
            }
            return result;
          }};
    }));

}  // namespace
