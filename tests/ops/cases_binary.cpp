// Rows of <attune/ops/binary.hpp>.
#include <algorithm>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

double python_remainder(double a, double b) { return a - b * std::floor(a / b); }

const Family rows(
    "binary",
    {
        {"add", OF(add(x[0], x[1])), {any(), any()}, {.value = IS(x[0] + x[1])}},
        {"add:number", OF(add(x[0], 2)), {any()}, {.value = IS(x[0] + 2)}},
        {"sub", OF(sub(x[0], x[1])), {any(), any()}, {.value = IS(x[0] - x[1])}},
        {"sub:number", OF(sub(x[0], 2)), {any()}, {.value = IS(x[0] - 2)}},
        {"sub:from_number", OF(sub(2, x[0])), {any()}, {.value = IS(2 - x[0])}},
        {"mul", OF(mul(x[0], x[1])), {any(), any()}, {.value = IS(x[0] * x[1])}},
        {"mul:number", OF(mul(x[0], 3)), {any()}, {.value = IS(x[0] * 3)}},
        {"div", OF(div(x[0], x[1])), {any(), positive()}, {.value = IS(x[0] / x[1])}},
        {"div:number", OF(div(x[0], 3)), {any()}, {.value = IS(x[0] / 3)}},
        {"div:of_number", OF(div(3, x[0])), {positive()}, {.value = IS(3 / x[0])}},
        {"floor_divide",
         OF(floor_divide(x[0], x[1])),
         {within(-9, 9), within(-3, -0.5)},
         {.value = IS(std::floor(x[0] / x[1])), .orders = 0}},
        {"floor_divide:number",
         OF(floor_divide(x[0], 2)),
         {within(-9, 9)},
         {.value = IS(std::floor(x[0] / 2)), .orders = 0}},
        {"remainder",
         OF(remainder(x[0], x[1])),
         {within(-9, 9), within(-3, -0.5)},
         {.value = IS(python_remainder(x[0], x[1]))}},
        {"remainder:number",
         OF(remainder(x[0], 3)),
         {within(-9, 9)},
         {.value = IS(python_remainder(x[0], 3))}},
        {"fmod",
         OF(fmod(x[0], x[1])),
         {within(-9, 9), within(-3, -0.5)},
         {.value = IS(std::fmod(x[0], x[1]))}},
        {"fmod:number", OF(fmod(x[0], 3)), {within(-9, 9)}, {.value = IS(std::fmod(x[0], 3))}},
        {"pow",
         OF(pow(x[0], x[1])),
         {positive(), within(0.5, 3)},
         {.value = IS(std::pow(x[0], x[1]))}},
        {"pow:square", OF(pow(x[0], 2)), {any()}, {.value = IS(x[0] * x[0])}},
        {"pow:cube", OF(pow(x[0], 3)), {any()}, {.value = IS(x[0] * x[0] * x[0])}},
        {"pow:fourth", OF(pow(x[0], 4)), {any()}, {.value = IS(std::pow(x[0], 4))}},
        {"pow:root", OF(pow(x[0], 0.5)), {positive()}, {.value = IS(std::sqrt(x[0]))}},
        {"pow:negative", OF(pow(x[0], -1.5)), {positive()}, {.value = IS(std::pow(x[0], -1.5))}},
        {"pow:of_number", OF(pow(2, x[0])), {within(0, 3)}, {.value = IS(std::exp2(x[0]))}},
        {"atan2", OF(atan2(x[0], x[1])), {any(), away({0})}, {.value = IS(std::atan2(x[0], x[1]))}},
        {"hypot", OF(hypot(x[0], x[1])), {any(), away({0})}, {.value = IS(std::hypot(x[0], x[1]))}},
        {"logaddexp",
         OF(logaddexp(x[0], x[1])),
         {any(), any()},
         {.value = IS(std::log(std::exp(x[0]) + std::exp(x[1])))}},
        {"xlogy", OF(xlogy(x[0], x[1])), {any(), positive()}, {.value = IS(x[0] * std::log(x[1]))}},
        {"maximum", OF(maximum(x[0], x[1])), {any(), any()}, {.value = IS(std::max(x[0], x[1]))}},
        {"minimum", OF(minimum(x[0], x[1])), {any(), any()}, {.value = IS(std::min(x[0], x[1]))}},
        {"lerp",
         OF(lerp(x[0], x[1], x[2])),
         {any(), any(), any()},
         {.value = IS(x[0] + x[2] * (x[1] - x[0]))}},
        {"lerp:number",
         OF(lerp(x[0], x[1], 0.25)),
         {any(), any()},
         {.value = IS(x[0] + 0.25 * (x[1] - x[0]))}},
        {"addcmul",
         OF(addcmul(x[0], x[1], x[2], 2)),
         {any(), any(), any()},
         {.value = IS(x[0] + 2 * x[1] * x[2])}},
        {"addcdiv",
         OF(addcdiv(x[0], x[1], x[2], 2)),
         {any(), any(), positive()},
         {.value = IS(x[0] + 2 * x[1] / x[2])}},
    });

}  // namespace
}  // namespace attune::tests
