// Arithmetic on two operands.
#include "attune/ops/binary.hpp"

#include "attune/ops/creation.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::Binary;
using internal::zip;
namespace general = internal::general;

namespace {

// The type of the result of arithmetic on a and b.
DType common(const char* operation, const Tensor& a, const Tensor& b) {
  internal::operand(operation, a);
  internal::operand(operation, b);
  const DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == boolean) {
    internal::fail(ErrorKind::dtype, operation,
                   "both operands are bool: use logical_and, logical_or or logical_xor, or convert "
                   "with to(i64)");
  }
  return dtype;
}

// A number as a 0-d tensor of the type that it takes beside x.
Tensor beside(const char* operation, const Tensor& x, Number number) {
  internal::operand(operation, x);
  return scalar_tensor(number, promote(x.dtype(), number));
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  const DType dtype = common("add", a, b);
  return record("add", zip("add", general::add, Binary::add, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [](const Tensor& g) { return g; }));
}

Tensor sub(const Tensor& a, const Tensor& b) {
  const DType dtype = common("sub", a, b);
  return record("sub", zip("sub", general::sub, Binary::sub, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [](const Tensor& g) { return neg(g); }));
}

Tensor mul(const Tensor& a, const Tensor& b) {
  const DType dtype = common("mul", a, b);
  return record("mul", zip("mul", general::mul, Binary::mul, a, b, dtype),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mul(g, b); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mul(g, a); }));
}

Tensor div(const Tensor& a, const Tensor& b) {
  const DType dtype = floating(common("div", a, b));
  return record("div", zip("div", general::div, Binary::div, a, b, dtype),
                wrt(a, [b = Saved(b)](const Tensor& g) { return div(g, b); }),
                wrt(b, [b = Saved(b)](const Tensor& g, const Tensor& y) {
                  return neg(div(mul(g, y), b));
                }));
}

Tensor add(const Tensor& a, Number b) { return add(a, beside("add", a, b)); }
Tensor sub(const Tensor& a, Number b) { return sub(a, beside("sub", a, b)); }
Tensor sub(Number a, const Tensor& b) { return sub(beside("sub", b, a), b); }
Tensor mul(const Tensor& a, Number b) { return mul(a, beside("mul", a, b)); }
Tensor div(const Tensor& a, Number b) { return div(a, beside("div", a, b)); }
Tensor div(Number a, const Tensor& b) { return div(beside("div", b, a), b); }

}  // namespace attune
