// Many products of f32 by attune.
#include "bench/steps/attune/product.hpp"

namespace {

const bench::Registered registered(bench::set_of_products<float>("product_set_f32",
                                                                 bench::product_into<float>));

}  // namespace
