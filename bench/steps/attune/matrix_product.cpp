// Products of matrices by attune, as a user writes them: each makes its result.
#include <attune/mode.hpp>
#include <attune/ops/matmul.hpp>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;

const bench::Registered registered(bench::products([](const bench::Product& p) {
  auto c = std::make_shared<Tensor>();
  return bench::Step{[=, a = tensor(p.a(), {p.m, p.k}), b = tensor(p.b(), {p.k, p.n})] {
                       const NoGrad values_only;
                       *c = matmul(a, b);
                     },
                     [c] {
                       std::vector<double> result;
                       bench::append_sums(c->values<float>(), result);
                       return result;
                     }};
}));

}  // namespace
