// A product of matrices by OpenBLAS, into memory that is there already.
#pragma once

#include <cblas.h>
#include <memory>

#include "bench/steps/products.hpp"

namespace bench {

template <class T>
Step product(const Product& p) {
  auto c = std::make_shared<std::vector<T>>(p.m * p.n);
  return {[c, p, a = p.a<T>(), b = p.b<T>()] {
            const auto m = static_cast<int>(p.m), n = static_cast<int>(p.n),
                       k = static_cast<int>(p.k);
            if constexpr (sizeof(T) == 4)
              cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a.data(), k,
                          b.data(), n, 0, c->data(), n);
            else
              cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a.data(), k,
                          b.data(), n, 0, c->data(), n);
          },
          [c] {
            std::vector<double> result;
            append_sums(std::span<const T>(*c), result);
            return result;
          }};
}

}  // namespace bench
