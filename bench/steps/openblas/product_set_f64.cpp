// Many products of f64 by OpenBLAS.
#include "bench/steps/openblas/product.hpp"

namespace {

const bench::Registered registered(bench::set_of_products<double>("product_set_f64",
                                                                  bench::product<double>));

}  // namespace
