// Products of f64 by attune.
#include "bench/steps/attune/product.hpp"

namespace {

const bench::Registered registered(bench::products<double>("matrix_product_f64",
                                                           bench::product<double>));

}  // namespace
