// Products of f32 from memory by attune.
#include "bench/steps/attune/product.hpp"

namespace {

const bench::Registered registered(bench::far_products<float>("product_far",
                                                              bench::product_into<float>));

}  // namespace
