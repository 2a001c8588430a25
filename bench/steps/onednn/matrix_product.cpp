// Products of f32 by oneDNN.
#include "bench/steps/onednn/product.hpp"

namespace {

const bench::Registered registered(bench::products<float>("matrix_product", bench::product));

}  // namespace
