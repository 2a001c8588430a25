// Rows of <attune/ops/unary.hpp>.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows(
    "unary",
    {
        {"abs", OF(abs(x[0])), {away({0})}, {.value = IS(std::fabs(x[0]))}},
        {"neg", OF(neg(x[0])), {any()}, {.value = IS(-x[0])}},
        {"sign", OF(sign(x[0])), {any()}, {.value = IS((x[0] > 0) - (x[0] < 0)), .orders = 0}},
        {"square", OF(square(x[0])), {any()}, {.value = IS(x[0] * x[0])}},
        {"reciprocal", OF(reciprocal(x[0])), {positive()}, {.value = IS(1 / x[0])}},
        {"sqrt", OF(sqrt(x[0])), {positive()}, {.value = IS(std::sqrt(x[0]))}},
        {"rsqrt", OF(rsqrt(x[0])), {positive()}, {.value = IS(1 / std::sqrt(x[0]))}},
        {"exp", OF(exp(x[0])), {any()}, {.value = IS(std::exp(x[0]))}},
        {"expm1", OF(expm1(x[0])), {any()}, {.value = IS(std::expm1(x[0]))}},
        {"log", OF(log(x[0])), {positive()}, {.value = IS(std::log(x[0]))}},
        {"log2", OF(log2(x[0])), {positive()}, {.value = IS(std::log2(x[0]))}},
        {"log10", OF(log10(x[0])), {positive()}, {.value = IS(std::log10(x[0]))}},
        {"log1p", OF(log1p(x[0])), {within(-0.7, 3)}, {.value = IS(std::log1p(x[0]))}},
        {"erf", OF(erf(x[0])), {any()}, {.value = IS(std::erf(x[0]))}},
        {"sin", OF(sin(x[0])), {any()}, {.value = IS(std::sin(x[0]))}},
        {"cos", OF(cos(x[0])), {any()}, {.value = IS(std::cos(x[0]))}},
        {"tan", OF(tan(x[0])), {within(-1.3, 1.3)}, {.value = IS(std::tan(x[0]))}},
        {"asin", OF(asin(x[0])), {within(-0.9, 0.9)}, {.value = IS(std::asin(x[0]))}},
        {"acos", OF(acos(x[0])), {within(-0.9, 0.9)}, {.value = IS(std::acos(x[0]))}},
        {"atan", OF(atan(x[0])), {any()}, {.value = IS(std::atan(x[0]))}},
        {"sinh", OF(sinh(x[0])), {any()}, {.value = IS(std::sinh(x[0]))}},
        {"cosh", OF(cosh(x[0])), {any()}, {.value = IS(std::cosh(x[0]))}},
        {"tanh", OF(tanh(x[0])), {any()}, {.value = IS(std::tanh(x[0]))}},
        {"asinh", OF(asinh(x[0])), {any()}, {.value = IS(std::asinh(x[0]))}},
        {"acosh", OF(acosh(x[0])), {within(1.2, 3)}, {.value = IS(std::acosh(x[0]))}},
        {"atanh", OF(atanh(x[0])), {within(-0.9, 0.9)}, {.value = IS(std::atanh(x[0]))}},
        {"ceil", OF(ceil(x[0])), {away({-1, 0, 1})}, {.value = IS(std::ceil(x[0])), .orders = 0}},
        {"floor",
         OF(floor(x[0])),
         {away({-1, 0, 1})},
         {.value = IS(std::floor(x[0])), .orders = 0}},
        {"round",
         OF(round(x[0])),
         {away({-1.5, -0.5, 0.5, 1.5})},
         {.value = IS(std::nearbyint(x[0])), .orders = 0}},
        {"trunc",
         OF(trunc(x[0])),
         {away({-1, 0, 1})},
         {.value = IS(std::trunc(x[0])), .orders = 0}},
        {"isnan", OF(isnan(log(x[0]))), {away({0})}, {.value = IS(x[0] < 0), .orders = 0}},
        {"isinf", OF(isinf(x[0])), {any()}, {.value = IS(0), .orders = 0}},
        {"isfinite", OF(isfinite(log(x[0]))), {away({0})}, {.value = IS(x[0] > 0), .orders = 0}},
        {"nan_to_num", OF(nan_to_num(x[0])), {any()}, {.value = IS(x[0])}},
        {"clamp",
         OF(clamp(x[0], -1, 0.5)),
         {away({-1, 0.5})},
         {.value = IS(std::clamp(x[0], -1.0, 0.5))}},
        {"clamp:tensors",
         OF(clamp(x[0], x[1], x[2])),
         {any(), within(-1, -0.5), within(0.5, 1)},
         {.value = IS(std::min(std::max(x[0], x[1]), x[2]))}},
        {"clamp_min", OF(clamp_min(x[0], 0.5)), {away({0.5})}, {.value = IS(std::max(x[0], 0.5))}},
        {"clamp_min:tensor",
         OF(clamp_min(x[0], x[1])),
         {any(), any()},
         {.value = IS(std::max(x[0], x[1]))}},
        {"clamp_max", OF(clamp_max(x[0], 0.5)), {away({0.5})}, {.value = IS(std::min(x[0], 0.5))}},
        {"clamp_max:tensor",
         OF(clamp_max(x[0], x[1])),
         {any(), any()},
         {.value = IS(std::min(x[0], x[1]))}},
    });

}  // namespace
}  // namespace attune::tests
