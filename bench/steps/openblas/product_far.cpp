// Products of f32 from memory by OpenBLAS.
#include "bench/steps/openblas/product.hpp"

namespace {

const bench::Registered registered(bench::far_products<float>("product_far",
                                                              bench::product<float>));

}  // namespace
