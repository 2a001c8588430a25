// Products of matrices by OpenBLAS, into memory that is there already.
#include <cblas.h>
#include <memory>

#include "bench/steps/sizes.hpp"

namespace {

const bench::Registered registered(bench::products([](const bench::Product& p) {
  auto c = std::make_shared<std::vector<float>>(p.m * p.n);
  return bench::Step{[c, p, a = p.a(), b = p.b()] {
                       const auto m = static_cast<int>(p.m), n = static_cast<int>(p.n),
                                  k = static_cast<int>(p.k);
                       cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a.data(),
                                   k, b.data(), n, 0, c->data(), n);
                     },
                     [c] {
                       std::vector<double> result;
                       bench::append_sums(*c, result);
                       return result;
                     }};
}));

}  // namespace
