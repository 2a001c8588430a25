// One operation on one element, by attune.
#include <attune/mode.hpp>
#include <attune/ops/binary.hpp>
#include <attune/tensor.hpp>
#include <memory>

#include "bench/steps/small.hpp"

namespace {

using namespace attune;

const bench::Registered registered({bench::one_operation([] {
  auto c = std::make_shared<Tensor>();
  return bench::Step{[=, a = tensor({1.5F}), b = tensor({2.25F})] {
                       const NoGrad values_only;
                       *c = a + b;
                     },
                     [c] { return std::vector{c->item()}; }};
})});

}  // namespace
