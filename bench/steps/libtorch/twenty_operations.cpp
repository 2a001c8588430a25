// Twenty operations forward and backward on one element, by libtorch.
#include <memory>
#include <torch/autograd.h>
#include <torch/types.h>

#include "bench/steps/small.hpp"

namespace {

const bench::Registered registered({bench::twenty_operations([] {
  const torch::Tensor x = torch::full({1}, 0.5F).set_requires_grad(true);
  const torch::Tensor w = torch::full({1}, 1.25F).set_requires_grad(true);
  auto last = std::make_shared<std::vector<torch::Tensor>>();
  return bench::Step{[=] {
                       x.mutable_grad().reset();
                       w.mutable_grad().reset();
                       torch::Tensor y = x;
                       for (int i = 0; i < 10; ++i) y = torch::tanh(y * w);
                       y.backward();
                       *last = {y, x.grad(), w.grad()};
                     },
                     [last] {
                       std::vector<double> result;
                       for (const torch::Tensor& tensor : *last)
                         result.push_back(tensor.item<double>());
                       return result;
                     }};
})});

}  // namespace
