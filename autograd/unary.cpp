// Functions of one operand.
#include "attune/ops/unary.hpp"

#include "attune/ops/binary.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::map;
using internal::Unary;
namespace general = internal::general;

namespace {

// neg and square keep integers, which have no kernel.
Tensor arithmetic(const char* operation, internal::GeneralUnary function, Unary kernel,
                  const Tensor& x) {
  const DType dtype = internal::operand(operation, x).dtype;
  if (dtype == boolean) {
    internal::fail(ErrorKind::dtype, operation, "the operand is bool: convert with to(i64)");
  }
  if (!is_floating(dtype)) return map(operation, function, x, dtype, dtype);
  return map(operation, function, kernel, x);
}

}  // namespace

Tensor neg(const Tensor& x) {
  return record("neg", arithmetic("neg", general::neg, Unary::neg, x),
                wrt(x, [](const Tensor& g) { return neg(g); }));
}

Tensor square(const Tensor& x) {
  return record("square", arithmetic("square", general::square, Unary::square, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return mul(mul(g, x), 2); }));
}

Tensor exp(const Tensor& x) {
  return record("exp", map("exp", general::exp, Unary::exp, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return mul(g, y); }));
}

Tensor log(const Tensor& x) {
  return record("log", map("log", general::log, Unary::log, x),
                wrt(x, [x = Saved(x)](const Tensor& g) { return div(g, x); }));
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", map("sqrt", general::sqrt, Unary::sqrt, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return div(mul(g, 0.5), y); }));
}

Tensor tanh(const Tensor& x) {
  return record("tanh", map("tanh", general::tanh, Unary::tanh, x),
                wrt(x, [](const Tensor& g, const Tensor& y) {
                  return mul(g, sub(1, square(y)));
                }));
}

}  // namespace attune
