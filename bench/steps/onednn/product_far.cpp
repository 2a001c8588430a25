// Products of f32 from memory by oneDNN.
#include "bench/steps/onednn/product.hpp"

namespace {

const bench::Registered registered(bench::far_products<float>("product_far", bench::product));

}  // namespace
