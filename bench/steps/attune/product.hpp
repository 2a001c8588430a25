// A product of matrices by attune, as a user writes it: each makes its result.
#pragma once

#include <attune/mode.hpp>
#include <attune/ops/matmul.hpp>
#include <memory>

#include "bench/steps/products.hpp"

namespace bench {

template <class T>
Step product(const Product& p) {
  using namespace attune;
  auto c = std::make_shared<Tensor>();
  return {[=, a = tensor(p.a<T>(), {p.m, p.k}), b = tensor(p.b<T>(), {p.k, p.n})] {
            const NoGrad values_only;
            *c = matmul(a, b);
          },
          [c] {
            std::vector<double> result;
            append_sums(c->values<T>(), result);
            return result;
          }};
}

}  // namespace bench
