// One operation on one element, by libtorch.
#include <memory>
#include <torch/types.h>

#include "bench/steps/small.hpp"

namespace {

const bench::Registered registered({bench::one_operation([] {
  auto c = std::make_shared<torch::Tensor>();
  return bench::Step{[=, a = torch::full({1}, 1.5F), b = torch::full({1}, 2.25F)] {
                       const torch::NoGradGuard values_only;
                       *c = a + b;
                     },
                     [c] { return std::vector{c->item<double>()}; }};
})});

}  // namespace
