// Rows of <attune/ops/unary.hpp>.
#include <cmath>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("unary", {
  {"neg", OF(neg(x[0])), {any()}, {.value = IS(-x[0])}},
  {"square", OF(square(x[0])), {any()}, {.value = IS(x[0] * x[0])}},
  {"exp", OF(exp(x[0])), {any()}, {.value = IS(std::exp(x[0]))}},
  {"log", OF(log(x[0])), {positive()}, {.value = IS(std::log(x[0]))}},
  {"sqrt", OF(sqrt(x[0])), {positive()}, {.value = IS(std::sqrt(x[0]))}},
  {"tanh", OF(tanh(x[0])), {any()}, {.value = IS(std::tanh(x[0]))}},
});

}  // namespace
}  // namespace attune::tests
