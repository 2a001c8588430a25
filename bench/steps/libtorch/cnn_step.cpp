// The step of a small convolutional network, by libtorch.
#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace bench::cnn;
namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t in, std::int64_t out) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1));
}

const bench::Registered registered({work([] {
  nn::Sequential model(convolution(1, maps), nn::ReLU(), nn::MaxPool2d(2),
                       convolution(maps, more_maps), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                       nn::Linear(flat, hidden), nn::ReLU(), nn::Linear(hidden, classes));
  return bench::training(
      model, bench::tensor(bench::numbers(1, batch * side * side, 0, 1), {batch, 1, side, side}),
      bench::tensor(bench::labels(2, batch, classes), {batch}), rate);
})});

}  // namespace
