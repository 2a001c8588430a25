// Convolutions and their derivatives by attune.
#include <attune/autograd.hpp>
#include <attune/ops/conv.hpp>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;

struct State {
  Tensor x, weight, g;
  Gradients gradients = {};
};

const bench::Registered registered(
    bench::convolutions("conv_both", 3, [](const bench::Convolution& c) {
      auto state = std::make_shared<State>(
          State{tensor(c.x(), {c.images, c.in, c.side, c.side}),
                tensor(c.weight(), {c.out, c.in / c.groups, c.kernel, c.kernel}),
                tensor(c.g(), {c.images, c.out, c.out_side(), c.out_side()})});
      state->x.set_requires_grad();
      state->weight.set_requires_grad();
      const Conv2dOptions options{.stride = c.stride, .padding = c.padding, .groups = c.groups};
      return bench::Step{
          [=] {
            state->gradients =
                conv2d(state->x, state->weight, options).backward({.seed = state->g});
          },
          [=] {
            std::vector<double> result;
            for (const Tensor& variable : {state->x, state->weight})
              bench::append_sums(state->gradients[variable].values<float>(), result);
            return result;
          }};
    }));

}  // namespace
