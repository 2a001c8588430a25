// Circular and hyperbolic functions.
#include "attune/ops/binary.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::map;
using internal::Unary;
namespace general = internal::general;

namespace {

// A function that has no kernel.
Tensor floating_map(const char* operation, internal::GeneralUnary function, const Tensor& x) {
  const DType dtype = floating(internal::operand(operation, x).dtype);
  return map(operation, function, x, dtype, dtype);
}

}  // namespace

Tensor sin(const Tensor& x) {
  return record("sin", map("sin", general::sin, Unary::sin, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, cos(x)); }));
}

Tensor cos(const Tensor& x) {
  return record("cos", map("cos", general::cos, Unary::cos, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return neg(mul(g, sin(x))); }));
}

Tensor tan(const Tensor& x) {
  return record("tan", floating_map("tan", general::tan, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, add(square(y), 1)); }));
}

Tensor asin(const Tensor& x) {
  return record(
      "asin", floating_map("asin", general::asin, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, rsqrt(sub(1, square(x)))); }));
}

Tensor acos(const Tensor& x) {
  return record(
      "acos", floating_map("acos", general::acos, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return neg(mul(g, rsqrt(sub(1, square(x))))); }));
}

Tensor atan(const Tensor& x) {
  return record("atan", floating_map("atan", general::atan, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, add(square(x), 1)); }));
}

Tensor sinh(const Tensor& x) {
  return record("sinh", floating_map("sinh", general::sinh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, cosh(x)); }));
}

Tensor cosh(const Tensor& x) {
  return record("cosh", floating_map("cosh", general::cosh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, sinh(x)); }));
}

Tensor tanh(const Tensor& x) {
  return record("tanh", map("tanh", general::tanh, Unary::tanh, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, sub(1, square(y))); }));
}

Tensor asinh(const Tensor& x) {
  return record("asinh", floating_map("asinh", general::asinh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, hypot(x, 1)); }));
}

Tensor acosh(const Tensor& x) {
  // sqrt(x - 1) sqrt(x + 1) keeps the digits that x^2 - 1 loses near 1.
  return record("acosh", floating_map("acosh", general::acosh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) {
                  return mul(g, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1))));
                }));
}

Tensor atanh(const Tensor& x) {
  return record("atanh", floating_map("atanh", general::atanh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, sub(1, square(x))); }));
}

}  // namespace attune
