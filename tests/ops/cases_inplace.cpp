// Rows of <attune/ops/inplace.hpp>: on a copy, since operands belong to the table.
#include <algorithm>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

Tensor copied(const Tensor& x) {
  const NoGrad values_only;
  return x.clone();
}

#define ON_COPY(call)         \
  [](Operands x) -> Tensor {  \
    Tensor y = copied(x[0]);  \
    const NoGrad values_only; \
    return call;              \
  }

// One shape: the target does not broadcast.
const Family rows(
    "inplace",
    {
        {"add_", ON_COPY(add_(y, x[1])), {any(), any()}, shaped_constant},
        {"add_:number", ON_COPY(add_(y, 2)), {any()}, {.value = IS(x[0] + 2), .orders = 0}},
        {"sub_", ON_COPY(sub_(y, x[1])), {any(), any()}, shaped_constant},
        {"sub_:number", ON_COPY(sub_(y, 2)), {any()}, {.value = IS(x[0] - 2), .orders = 0}},
        {"mul_", ON_COPY(mul_(y, x[1])), {any(), any()}, shaped_constant},
        {"mul_:number", ON_COPY(mul_(y, 2)), {any()}, {.value = IS(x[0] * 2), .orders = 0}},
        {"div_", ON_COPY(div_(y, x[1])), {any(), positive()}, shaped_constant},
        {"div_:number", ON_COPY(div_(y, 2)), {any()}, {.value = IS(x[0] / 2), .orders = 0}},
        {"pow_", ON_COPY(pow_(y, x[1])), {positive(), any()}, shaped_constant},
        {"pow_:number", ON_COPY(pow_(y, 2)), {any()}, {.value = IS(x[0] * x[0]), .orders = 0}},
        {"neg_", ON_COPY(neg_(y)), {any()}, {.value = IS(-x[0]), .orders = 0}},
        {"abs_", ON_COPY(abs_(y)), {any()}, {.value = IS(std::fabs(x[0])), .orders = 0}},
        {"sqrt_", ON_COPY(sqrt_(y)), {positive()}, {.value = IS(std::sqrt(x[0])), .orders = 0}},
        {"exp_", ON_COPY(exp_(y)), {any()}, {.value = IS(std::exp(x[0])), .orders = 0}},
        {"log_", ON_COPY(log_(y)), {positive()}, {.value = IS(std::log(x[0])), .orders = 0}},
        {"relu_", ON_COPY(relu_(y)), {any()}, {.value = IS(std::max(x[0], 0.0)), .orders = 0}},
        {"sigmoid_",
         ON_COPY(sigmoid_(y)),
         {any()},
         {.value = IS(1 / (1 + std::exp(-x[0]))), .orders = 0}},
        {"tanh_", ON_COPY(tanh_(y)), {any()}, {.value = IS(std::tanh(x[0])), .orders = 0}},
        {"clamp_",
         ON_COPY(clamp_(y, -1, 1)),
         {any()},
         {.value = IS(std::clamp(x[0], -1.0, 1.0)), .orders = 0}},
        {"masked_fill_",
         ON_COPY(masked_fill_(y, x[1], 7)),
         {any(), flags().shaped({3, 1}, {7, 1})},
         shaped_constant},
        {"scatter_add_",
         ON_COPY(scatter_add_(y, 1, x[1], x[2])),
         {any(), whole(0, 4).shaped({2, 5}, {7, 20000}), any().shaped({3, 5}, {7, 20000})},
         shaped_constant},
        {"lerp_", ON_COPY(lerp_(y, x[1], 0.25)), {any(), any()}, shaped_constant},
        {"addcmul_", ON_COPY(addcmul_(y, x[1], x[2], 2)), {any(), any(), any()}, shaped_constant},
        {"addcdiv_",
         ON_COPY(addcdiv_(y, x[1], x[2], 2)),
         {any(), any(), positive()},
         shaped_constant},
        {"addmm_",
         ON_COPY(addmm_(y, x[1], x[2])),
         {any().shaped({3, 2}, {220, 170}), any().shaped({3, 4}, {220, 190}),
          any().shaped({4, 2}, {190, 170})},
         shaped_constant},
        {"addmm_:scaled",
         ON_COPY(addmm_(y, x[1], x[2], {.beta = 0.5, .alpha = -2})),
         {any().shaped({3, 2}, {220, 170}), any().shaped({3, 4}, {220, 190}),
          any().shaped({4, 2}, {190, 170})},
         shaped_constant},
    });

}  // namespace
}  // namespace attune::tests
