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

std::vector<bench::Work> all() {
  std::vector<bench::Work> works;
  for (const bool checked : {true, false}) {  // the same step beside either of attune's
    works.push_back(
        work("sgd", 0, checked, [] { return step<optim::SGD>(optim::SGDOptions(rate)); }));
    works.push_back(work("momentum", 1, checked, [] {
      return step<optim::SGD>(optim::SGDOptions(rate).momentum(momentum));
    }));
    works.push_back(work("rmsprop", 1, checked,
                         [] { return step<optim::RMSprop>(optim::RMSpropOptions(rate)); }));
    works.push_back(
        work("adam", 2, checked, [] { return step<optim::Adam>(optim::AdamOptions(rate)); }));
  }
  return works;
}

const bench::Registered registered(all());

}  // namespace
