// Comparisons, and choosing by a condition.
#include "attune/ops/compare.hpp"

#include <algorithm>
#include <cmath>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/operand.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

namespace general = internal::general;
using internal::Compare;

namespace {

// Of a number beside a tensor: one in which it does not wrap.
DType wide(DType tensor, Number number) {
  const DType common = promote(tensor, number);
  return is_floating(common) ? common : i64;
}

Tensor compared(const char* operation, internal::GeneralBinary function,
                internal::Comparison comparison, const Operand& left, const Operand& right) {
  const auto [a, b] = internal::pair(operation, left, right, wide);
  DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == boolean) dtype = u8;  // false before true
  return record(operation, internal::zip(operation, function, comparison, a, b, dtype), constant(a),
                constant(b));
}

bool all_true(const Tensor& flags) {
  const Tensor dense = flags.contiguous();
  return std::ranges::all_of(dense.values<bool>(), [](bool flag) { return flag; });
}

}  // namespace

Tensor eq(const Operand& a, const Operand& b) {
  return compared("eq", general::eq, {Compare::eq}, a, b);
}
Tensor ne(const Operand& a, const Operand& b) {
  return compared("ne", general::ne, {Compare::ne}, a, b);
}
Tensor lt(const Operand& a, const Operand& b) {
  return compared("lt", general::lt, {Compare::lt}, a, b);
}
Tensor le(const Operand& a, const Operand& b) {
  return compared("le", general::le, {Compare::le}, a, b);
}
Tensor gt(const Operand& a, const Operand& b) {
  return compared("gt", general::gt, {.kernel = Compare::lt, .turned = true}, a, b);
}
Tensor ge(const Operand& a, const Operand& b) {
  return compared("ge", general::ge, {.kernel = Compare::le, .turned = true}, a, b);
}

Tensor isclose(const Operand& left, const Operand& right, const Closeness& closeness) {
  const auto [a, b] = internal::pair("isclose", left, right, wide);
  if (!(closeness.relative >= 0) || !(closeness.absolute >= 0)) {
    internal::fail(ErrorKind::value, "isclose",
                   "the tolerances must not be negative: relative {}, absolute {}",
                   closeness.relative, closeness.absolute);
  }
  Tensor close;
  {
    const internal::ValuesOf values("isclose");
    const DType common = promote(a.dtype(), b.dtype());
    const DType dtype = is_floating(common) ? common : f64;  // a difference of integers may wrap
    const Tensor x = a.to(dtype), y = b.to(dtype);
    close = eq(a, b);
    if (closeness.equal_nan) close = logical_or(close, logical_and(isnan(x), isnan(y)));
    const Tensor bound = add(mul(abs(y), closeness.relative), closeness.absolute);
    const Tensor apart = abs(sub(x, y));
    close =
        logical_or(close, logical_and(isfinite(apart), logical_and(isfinite(y), le(apart, bound))));
  }
  return record({"isclose",
                 {{"relative", closeness.relative},
                  {"absolute", closeness.absolute},
                  {"equal_nan", closeness.equal_nan}}},
                std::move(close), constant(a), constant(b));
}

bool allclose(const Operand& a, const Operand& b, const Closeness& closeness) {
  const internal::Inside called("allclose");
  return all_true(isclose(a, b, closeness));
}

bool equal(const Tensor& a, const Tensor& b) {
  internal::operand("equal", a);
  internal::operand("equal", b);
  return a.shape() == b.shape() && all_true(eq(a, b));
}

Tensor where(const Tensor& condition, const Operand& chosen, const Operand& other) {
  if (internal::operand("where", condition).dtype != boolean) {
    internal::fail(ErrorKind::dtype, "where",
                   "the condition is {}: it must be bool, as gt(x, 0) is, or to(boolean)",
                   condition.dtype());
  }
  const auto [a, b] = internal::pair("where", chosen, other);
  return record(
      "where", internal::choose("where", condition, a, b, promote(a.dtype(), b.dtype())),
      constant(condition),
      wrt(a, [condition = Saved(condition)](const Tensor& g) { return where(*condition, g, 0); }),
      wrt(b, [condition = Saved(condition)](const Tensor& g) { return where(*condition, 0, g); }));
}

}  // namespace attune
