// Circular and hyperbolic functions.
#include "attune/ops/binary.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/deriving.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::Binary;
using internal::map;
using internal::Unary;
namespace general = internal::general;

namespace {

Tensor tanh_backward(const Tensor& g, const Tensor& y) {
  if (internal::composed()) return mul(g, sub(1, square(y)));
  return internal::derivative_by_result("tanh_backward", general::tanh_backward,
                                        Binary::tanh_backward, g, y);
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
  return record("tan", map("tan", general::tan, Unary::tan, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, add(square(y), 1)); }));
}

Tensor asin(const Tensor& x) {
  return record(
      "asin", map("asin", general::asin, Unary::asin, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, rsqrt(sub(1, square(x)))); }));
}

Tensor acos(const Tensor& x) {
  return record(
      "acos", map("acos", general::acos, Unary::acos, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return neg(mul(g, rsqrt(sub(1, square(x))))); }));
}

Tensor atan(const Tensor& x) {
  return record("atan", map("atan", general::atan, Unary::atan, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, add(square(x), 1)); }));
}

Tensor sinh(const Tensor& x) {
  return record("sinh", map("sinh", general::sinh, Unary::sinh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, cosh(x)); }));
}

Tensor cosh(const Tensor& x) {
  return record("cosh", map("cosh", general::cosh, Unary::cosh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, sinh(x)); }));
}

Tensor tanh(const Tensor& x) {
  return record("tanh", map("tanh", general::tanh, Unary::tanh, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return tanh_backward(g, y); }));
}

Tensor asinh(const Tensor& x) {
  return record("asinh", map("asinh", general::asinh, Unary::asinh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, hypot(x, 1)); }));
}

Tensor acosh(const Tensor& x) {
  // sqrt(x - 1) sqrt(x + 1) keeps the digits that x^2 - 1 loses near 1.
  return record("acosh", map("acosh", general::acosh, Unary::acosh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) {
                  return mul(g, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1))));
                }));
}

Tensor atanh(const Tensor& x) {
  return record("atanh", map("atanh", general::atanh, Unary::atanh, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, sub(1, square(x))); }));
}

}  // namespace attune
