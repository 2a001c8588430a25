// Products of f32 by attune.
#include "bench/steps/attune/product.hpp"

namespace {

const bench::Registered registered(bench::products<float>("matrix_product", bench::product<float>));

}  // namespace
