// Rows of <attune/ops/activation.hpp>.
#include <algorithm>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double elu_of(double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); }
double hinge(double x, double low, double high) { return std::min(std::max(x, low), high); }

Input wide(std::initializer_list<double> points = {}) {
  return {.low = -8, .high = 8, .avoid = points};
}

const Family rows(
    "activation",
    {
        {"relu", OF(relu(x[0])), {away({0})}, {.value = IS(std::max(x[0], 0.0))}},
        {"relu6", OF(relu6(x[0])), {wide({0, 6})}, {.value = IS(hinge(x[0], 0, 6))}},
        {"leaky_relu",
         OF(leaky_relu(x[0])),
         {away({0})},
         {.value = IS(x[0] > 0 ? x[0] : 0.01 * x[0])}},
        {"leaky_relu:steep",
         OF(leaky_relu(x[0], 0.3)),
         {away({0})},
         {.value = IS(x[0] > 0 ? x[0] : 0.3 * x[0])}},
        {"prelu", OF(prelu(x[0], x[1])), {away({0}), any().shaped({1})}, shaped},
        {"prelu:channels",
         OF(prelu(x[0], x[1])),
         {away({0}).shaped({2, 3, 4}, {9, 7, 1200}), any().shaped({3}, {7})},
         shaped},
        {"elu", OF(elu(x[0])), {away({0})}, {.value = IS(elu_of(x[0], 1))}},
        {"elu:alpha", OF(elu(x[0], 0.4)), {away({0})}, {.value = IS(elu_of(x[0], 0.4))}},
        {"selu",
         OF(selu(x[0])),
         {away({0})},
         {.value = IS(1.0507009873554804934 * elu_of(x[0], 1.6732632423543772848))}},
        {"gelu",
         OF(gelu(x[0])),
         {wide()},
         {.value = IS(x[0] * 0.5 * std::erfc(-x[0] * std::sqrt(0.5)))}},
        {"gelu:tanh",
         OF(gelu(x[0], Gelu::tanh)),
         {wide()},
         {.value = IS(x[0] * logistic(2 * std::sqrt(2 / std::acos(-1.0)) *
                                      (x[0] + 0.044715 * x[0] * x[0] * x[0])))}},
        {"silu", OF(silu(x[0])), {wide()}, {.value = IS(x[0] * logistic(x[0]))}},
        {"mish",
         OF(mish(x[0])),
         {wide()},
         {.value = IS(x[0] * std::tanh(std::log1p(std::exp(x[0]))))}},
        {"softplus", OF(softplus(x[0])), {wide()}, {.value = IS(std::log1p(std::exp(x[0])))}},
        {"softplus:linear",
         OF(softplus(x[0], {.beta = 2, .threshold = 6})),
         {wide({3})},
         {.value = IS(2 * x[0] > 6 ? x[0] : std::log1p(std::exp(2 * x[0])) / 2)}},
        {"softsign", OF(softsign(x[0])), {away({0})}, {.value = IS(x[0] / (1 + std::fabs(x[0])))}},
        {"hardtanh", OF(hardtanh(x[0])), {away({-1, 1})}, {.value = IS(hinge(x[0], -1, 1))}},
        {"hardtanh:bounds",
         OF(hardtanh(x[0], {.low = 0.5, .high = 1.5})),
         {away({0.5, 1.5})},
         {.value = IS(hinge(x[0], 0.5, 1.5))}},
        {"hardsigmoid",
         OF(hardsigmoid(x[0])),
         {wide({-3, 3})},
         {.value = IS(hinge(x[0] + 3, 0, 6) / 6)}},
        {"hardswish",
         OF(hardswish(x[0])),
         {wide({-3, 3})},
         {.value = IS(x[0] * hinge(x[0] + 3, 0, 6) / 6)}},
        {"sigmoid", OF(sigmoid(x[0])), {wide()}, {.value = IS(logistic(x[0]))}},
        {"log_sigmoid",
         OF(log_sigmoid(x[0])),
         {wide()},
         {.value = IS(-std::log1p(std::exp(-x[0])))}},
        {"softmax", OF(softmax(x[0])), {any()}, shaped},
        {"softmax:inner", OF(softmax(x[0], 1)), {any().shaped({2, 5, 3}, {70, 100, 11})}, shaped},
        {"log_softmax", OF(log_softmax(x[0])), {any()}, shaped},
        {"log_softmax:outer", OF(log_softmax(x[0], 0)), {any()}, shaped},
        {"log_softmax:channels",
         OF(log_softmax(x[0], 1)),
         {any().shaped({2, 3, 3, 2}, {8, 5, 71, 37})},
         shaped},
        {"glu", OF(glu(x[0])), {any().shaped({3, 4}, {70, 1200})}, shaped},
        {"glu:inner", OF(glu(x[0], -2)), {any().shaped({2, 4, 3}, {70, 100, 11})}, shaped},
    });

}  // namespace
}  // namespace attune::tests
