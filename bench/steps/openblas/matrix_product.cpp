// Products of f32 by OpenBLAS.
#include "bench/steps/openblas/product.hpp"

namespace {

const bench::Registered registered(bench::products<float>("matrix_product", bench::product<float>));

}  // namespace
