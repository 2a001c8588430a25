// Products of f64 by OpenBLAS.
#include "bench/steps/openblas/product.hpp"

namespace {

const bench::Registered registered(bench::products<double>("matrix_product_f64",
                                                           bench::product<double>));

}  // namespace
