// A product of matrices by attune, as a user writes it.
#pragma once

#include <attune/mode.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/inplace.hpp>
#include <attune/ops/matmul.hpp>
#include <memory>

#include "bench/steps/products.hpp"

namespace bench {

// Each makes its result.
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

// Into memory that is there, as the peers' products.
template <class T>
Step product_into(const Product& p) {
  using namespace attune;
  const Tensor a = tensor(p.a<T>(), {p.m, p.k}), b = tensor(p.b<T>(), {p.k, p.n});
  auto c = std::make_shared<Tensor>(zeros({p.m, p.n}, a.dtype()));
  return {[=] {
            const NoGrad values_only;
            addmm_(*c, a, b, {.beta = 0});
          },
          [c] {
            std::vector<double> result;
            append_sums(c->values<T>(), result);
            return result;
          }};
}

}  // namespace bench
