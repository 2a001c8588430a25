// Rows of <attune/ops/binary.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("binary", {
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
});

}  // namespace
}  // namespace attune::tests
