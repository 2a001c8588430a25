// Many products of f64 by attune.
#include "bench/steps/attune/product.hpp"

namespace {

const bench::Registered registered(bench::set_of_products<double>("product_set_f64",
                                                                  bench::product_into<double>));

}  // namespace
