// Many products of f32 by oneDNN.
#include "bench/steps/onednn/product.hpp"

namespace {

const bench::Registered registered(bench::set_of_products<float>("product_set_f32",
                                                                 bench::product));

}  // namespace
