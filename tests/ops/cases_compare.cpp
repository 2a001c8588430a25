// Rows of <attune/ops/compare.hpp> and <attune/ops/logical.hpp>.
#include <cmath>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

// Operands of few values, so that equal ones are among them.
Tensor few(const Tensor& x) { return floor(x); }
Tensor flag(bool value) { return scalar_tensor(value); }

const Family comparisons("compare", {
  {"eq", OF(eq(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) == std::floor(x[1])), .orders = 0}},
  {"ne", OF(ne(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) != std::floor(x[1])), .orders = 0}},
  {"lt", OF(lt(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) < std::floor(x[1])), .orders = 0}},
  {"le", OF(le(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) <= std::floor(x[1])), .orders = 0}},
  {"gt", OF(gt(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) > std::floor(x[1])), .orders = 0}},
  {"ge", OF(ge(few(x[0]), few(x[1]))), {any(), any()},
   {.value = IS(std::floor(x[0]) >= std::floor(x[1])), .orders = 0}},
  {"eq:number", OF(eq(few(x[0]), 1)), {any()}, {.value = IS(std::floor(x[0]) == 1), .orders = 0}},
  {"ne:number", OF(ne(few(x[0]), 1)), {any()}, {.value = IS(std::floor(x[0]) != 1), .orders = 0}},
  {"lt:number", OF(lt(few(x[0]), 1)), {any()}, {.value = IS(std::floor(x[0]) < 1), .orders = 0}},
  {"le:number", OF(le(few(x[0]), 0)), {any()}, {.value = IS(std::floor(x[0]) <= 0), .orders = 0}},
  {"gt:number", OF(gt(few(x[0]), 0)), {any()}, {.value = IS(std::floor(x[0]) > 0), .orders = 0}},
  {"ge:number", OF(ge(few(x[0]), 1)), {any()}, {.value = IS(std::floor(x[0]) >= 1), .orders = 0}},
  {"isclose", OF(isclose(x[0], x[1], {.absolute = 1})), {any(), any()},
   {.value = IS(std::fabs(x[0] - x[1]) <= 1 + 1e-5 * std::fabs(x[1])), .orders = 0}},
  {"allclose", OF(flag(allclose(x[0], x[1]))), {any(), any()}, shaped_constant},
  {"equal", OF(flag(equal(x[0], x[0].clone()))), {any()}, shaped_constant},
  {"where", OF(where(x[0], x[1], x[2])), {flags(), any(), any()}, {.value = IS(x[0] ? x[1] : x[2])}},
  {"where:or_number", OF(where(x[0], x[1], 2)), {flags(), any()}, {.value = IS(x[0] ? x[1] : 2)}},
  {"where:number_or", OF(where(x[0], 2, x[1])), {flags(), any()}, {.value = IS(x[0] ? 2 : x[1])}},
});

const Family logic("logical", {
  {"logical_and", OF(logical_and(few(x[0]), x[1])), {any(), flags()},
   {.value = IS(std::floor(x[0]) != 0 && x[1]), .orders = 0}},
  {"logical_or", OF(logical_or(few(x[0]), x[1])), {any(), flags()},
   {.value = IS(std::floor(x[0]) != 0 || x[1]), .orders = 0}},
  {"logical_xor", OF(logical_xor(few(x[0]), x[1])), {any(), flags()},
   {.value = IS((std::floor(x[0]) != 0) != (x[1] != 0)), .orders = 0}},
  {"logical_not", OF(logical_not(few(x[0]))), {any()},
   {.value = IS(std::floor(x[0]) == 0), .orders = 0}},
  {"bitwise_and", OF(bitwise_and(x[0], x[1])), {whole(-9, 9), whole(-9, 9)},
   {.value = IS(static_cast<int>(x[0]) & static_cast<int>(x[1])), .orders = 0}},
  {"bitwise_and:bool", OF(bitwise_and(x[0], x[1])), {flags(), flags()},
   {.value = IS(x[0] && x[1]), .orders = 0}},
  {"bitwise_or", OF(bitwise_or(x[0], x[1])), {whole(-9, 9), whole(-9, 9)},
   {.value = IS(static_cast<int>(x[0]) | static_cast<int>(x[1])), .orders = 0}},
  {"bitwise_xor", OF(bitwise_xor(x[0], x[1])), {whole(-9, 9), whole(-9, 9)},
   {.value = IS(static_cast<int>(x[0]) ^ static_cast<int>(x[1])), .orders = 0}},
  {"bitwise_not", OF(bitwise_not(x[0])), {whole(-9, 9)},
   {.value = IS(~static_cast<int>(x[0])), .orders = 0}},
  {"bitwise_not:bool", OF(bitwise_not(x[0])), {flags()}, {.value = IS(!x[0]), .orders = 0}},
});

}  // namespace
}  // namespace attune::tests
