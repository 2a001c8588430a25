// The step of a small convolutional network, by attune.
#include <attune/nn/conv.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops/activation.hpp>
#include <attune/ops/pool.hpp>
#include <attune/ops/views.hpp>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;
using namespace bench::cnn;

struct Cnn {
  nn::Conv2d first{.in = 1, .out = maps, .kernel = 3, .padding = 1};
  nn::Conv2d second{.in = maps, .out = more_maps, .kernel = 3, .padding = 1};
  nn::Linear wide{flat, hidden}, out{hidden, classes};
  Tensor operator()(const Tensor& x) const {
    const Tensor half = max_pool2d(relu(first(x)), {.kernel = 2});
    const Tensor quarter = max_pool2d(relu(second(half)), {.kernel = 2});
    return out(relu(wide(flatten(quarter, 1))));
  }
};

const bench::Registered registered({work([] {
  return bench::training(
      Cnn(), tensor(bench::numbers(1, batch * side * side, 0, 1), {batch, 1, side, side}),
      tensor(bench::labels(2, batch, classes)), rate);
})});

}  // namespace
