// A product of matrices by oneDNN, f32, into memory that is there already.
#pragma once

#include <dnnl.h>
#include <memory>
#include <stdexcept>

#include "bench/steps/products.hpp"

namespace bench {

inline Step product(const Product& p) {
  auto c = std::make_shared<std::vector<float>>(p.m * p.n);
  return {[c, p, a = p.a<float>(), b = p.b<float>()] {
            if (dnnl_sgemm('N', 'N', p.m, p.n, p.k, 1, a.data(), p.k, b.data(), p.n, 0, c->data(),
                           p.n) != dnnl_success)
              throw std::runtime_error("dnnl_sgemm refused a shape");
          },
          [c] {
            std::vector<double> result;
            append_sums(std::span<const float>(*c), result);
            return result;
          }};
}

}  // namespace bench
