// Steps of optimizers on ten million parameters, by libtorch.
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/optimizers.hpp"

namespace {

using namespace bench::optimizers;
namespace optim = torch::optim;

template <class Optimizer, class Options>
bench::Step step(const Options& options) {
  torch::Tensor weight = bench::tensor(values(), {rows, columns}).set_requires_grad(true);
  weight.mutable_grad() = bench::tensor(gradient(), {rows, columns});
  auto optimizer = std::make_shared<Optimizer>(std::vector{weight}, options);
  return {[optimizer] { optimizer->step(); },
          [weight] {
            std::vector<double> result;
            bench::append_sums({weight.data_ptr<float>(), parameters}, result);
            return result;
          }};
}

const bench::Registered registered(
    {work("sgd", 0, [] { return step<optim::SGD>(optim::SGDOptions(rate)); }),
     work("momentum", 1,
          [] { return step<optim::SGD>(optim::SGDOptions(rate).momentum(momentum)); }),
     work("rmsprop", 1, [] { return step<optim::RMSprop>(optim::RMSpropOptions(rate)); }),
     work("adam", 2, [] { return step<optim::Adam>(optim::AdamOptions(rate)); })});

}  // namespace
