// Products of matrices by oneDNN, into memory that is there already.
#include <dnnl.h>
#include <memory>
#include <stdexcept>

#include "bench/steps/sizes.hpp"

namespace {

const bench::Registered registered(bench::products([](const bench::Product& p) {
  auto c = std::make_shared<std::vector<float>>(p.m * p.n);
  return bench::Step{[c, p, a = p.a(), b = p.b()] {
                       if (dnnl_sgemm('N', 'N', p.m, p.n, p.k, 1, a.data(), p.k, b.data(), p.n, 0,
                                      c->data(), p.n) != dnnl_success)
                         throw std::runtime_error("dnnl_sgemm refused a shape");
                     },
                     [c] {
                       std::vector<double> result;
                       bench::append_sums(*c, result);
                       return result;
                     }};
}));

}  // namespace
