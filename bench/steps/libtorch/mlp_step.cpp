// The step of a perceptron with two hidden layers, by libtorch.
#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace bench::mlp;
namespace nn = torch::nn;

const bench::Registered registered({work([] {
  nn::Sequential model(nn::Linear(widths[0], widths[1]), nn::ReLU(),
                       nn::Linear(widths[1], widths[2]), nn::ReLU(),
                       nn::Linear(widths[2], widths[3]));
  return bench::training(
      model, bench::tensor(bench::numbers(1, batch * widths[0], 0, 1), {batch, widths[0]}),
      bench::tensor(bench::labels(2, batch, widths[3]), {batch}), rate);
})});

}  // namespace
