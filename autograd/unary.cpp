// Functions of one operand: signs, powers, exponentials and logarithms.
#include "attune/ops/unary.hpp"

#include <cmath>
#include <numbers>

#include "attune/ops/binary.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::map;
using internal::Unary;
using internal::WholeUnary;
namespace general = internal::general;

namespace {

// abs, neg, sign and square keep integers.
Tensor arithmetic(const char* operation, internal::GeneralUnary function, Unary kernel,
                  WholeUnary of_integers, const Tensor& x) {
  const DType dtype = internal::operand(operation, x).dtype;
  if (dtype == boolean) {
    internal::fail(ErrorKind::dtype, operation, "the operand is bool: convert with to(i64)");
  }
  if (!is_floating(dtype)) return map(operation, function, of_integers, x, dtype);
  return map(operation, function, kernel, x);
}

}  // namespace

Tensor abs(const Tensor& x) {
  return record("abs", arithmetic("abs", general::abs, Unary::abs, WholeUnary::abs, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(g, sign(x)); }));
}

Tensor neg(const Tensor& x) {
  return record("neg", arithmetic("neg", general::neg, Unary::neg, WholeUnary::neg, x),
                wrt(x, [](const Tensor& g) { return neg(g); }));
}

Tensor sign(const Tensor& x) {
  return record("sign", arithmetic("sign", general::sign, Unary::sign, WholeUnary::sign, x),
                constant(x));
}

Tensor square(const Tensor& x) {
  return record("square",
                arithmetic("square", general::square, Unary::square, WholeUnary::square, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(mul(g, x), 2); }));
}

Tensor reciprocal(const Tensor& x) {
  return record("reciprocal", map("reciprocal", general::reciprocal, Unary::reciprocal, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return neg(mul(g, square(y))); }));
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", map("sqrt", general::sqrt, Unary::sqrt, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return div(mul(g, 0.5), y); }));
}

Tensor rsqrt(const Tensor& x) {
  return record("rsqrt", map("rsqrt", general::rsqrt, Unary::rsqrt, x),
                wrt(x, [](const Tensor& g, const Tensor& y) {
                  return mul(mul(g, -0.5), mul(square(y), y));
                }));
}

Tensor exp(const Tensor& x) {
  return record("exp", map("exp", general::exp, Unary::exp, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, y); }));
}

Tensor expm1(const Tensor& x) {
  return record("expm1", map("expm1", general::expm1, Unary::expm1, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, add(y, 1)); }));
}

Tensor log(const Tensor& x) {
  return record("log", map("log", general::log, Unary::log, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, x); }));
}

Tensor log2(const Tensor& x) {
  return record(
      "log2", map("log2", general::log2, Unary::log2, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, mul(x, std::numbers::ln2)); }));
}

Tensor log10(const Tensor& x) {
  return record(
      "log10", map("log10", general::log10, Unary::log10, x),
      wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, mul(x, std::numbers::ln10)); }));
}

Tensor log1p(const Tensor& x) {
  return record("log1p", map("log1p", general::log1p, Unary::log1p, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, add(x, 1)); }));
}

Tensor erf(const Tensor& x) {
  return record("erf", map("erf", general::erf, Unary::erf, x),
                wrt(x, [x = Saved(x)](const Tensor& g) {
                  return mul(mul(g, 2 * std::numbers::inv_sqrtpi), exp(neg(square(x))));
                }));
}

}  // namespace attune
