// Twenty operations forward and backward on one element, by attune.
#include <attune/autograd.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/unary.hpp>
#include <memory>

#include "bench/steps/small.hpp"

namespace {

using namespace attune;

const bench::Registered registered({bench::twenty_operations([] {
  Tensor x = tensor({0.5F}), w = tensor({1.25F});
  x.set_requires_grad();
  w.set_requires_grad();
  auto last = std::make_shared<std::vector<Tensor>>();
  return bench::Step{[=] {
                       Tensor y = x;
                       for (int i = 0; i < 10; ++i) y = tanh(y * w);
                       const Gradients gradients = y.backward();
                       *last = {y, gradients[x], gradients[w]};
                     },
                     [last] {
                       std::vector<double> result;
                       for (const Tensor& tensor : *last) result.push_back(tensor.item());
                       return result;
                     }};
})});

}  // namespace
