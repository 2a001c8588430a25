// Comparisons, and choosing by a condition.
#include "attune/ops/compare.hpp"

#include <algorithm>
#include <cmath>

#include "attune/mode.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/number.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

namespace general = internal::general;

namespace {

Tensor compared(const char* operation, internal::GeneralBinary function, const Tensor& a,
                const Tensor& b) {
  internal::operand(operation, a);
  internal::operand(operation, b);
  DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == boolean) dtype = u8;  // false before true
  return record(operation, internal::zip(operation, function, a, b, dtype, boolean), constant(a),
                constant(b));
}

Tensor compared(const char* operation, internal::GeneralBinary function, const Tensor& a,
                Number b) {
  const DType common = promote(internal::operand(operation, a).dtype, b);
  const DType dtype = is_floating(common) ? common : i64;  // in which the number does not wrap
  internal::check_fits(operation, b, dtype);
  return compared(operation, function, a, scalar_tensor(b, dtype));
}

bool all_true(const Tensor& flags) {
  const Tensor dense = flags.contiguous();
  return std::ranges::all_of(dense.values<bool>(), [](bool flag) { return flag; });
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return compared("eq", general::eq, a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return compared("ne", general::ne, a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return compared("lt", general::lt, a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return compared("le", general::le, a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return compared("gt", general::gt, a, b); }
Tensor ge(const Tensor& a, const Tensor& b) { return compared("ge", general::ge, a, b); }
Tensor eq(const Tensor& a, Number b) { return compared("eq", general::eq, a, b); }
Tensor ne(const Tensor& a, Number b) { return compared("ne", general::ne, a, b); }
Tensor lt(const Tensor& a, Number b) { return compared("lt", general::lt, a, b); }
Tensor le(const Tensor& a, Number b) { return compared("le", general::le, a, b); }
Tensor gt(const Tensor& a, Number b) { return compared("gt", general::gt, a, b); }
Tensor ge(const Tensor& a, Number b) { return compared("ge", general::ge, a, b); }

Tensor isclose(const Tensor& a, const Tensor& b, const Closeness& closeness) {
  internal::operand("isclose", a);
  internal::operand("isclose", b);
  if (!(closeness.relative >= 0) || !(closeness.absolute >= 0)) {
    internal::fail(ErrorKind::value, "isclose",
                   "the tolerances must not be negative: relative {}, absolute {}",
                   closeness.relative, closeness.absolute);
  }
  Tensor close;
  {
    const NoGrad values_only;
    const DType dtype = promote(promote(a.dtype(), b.dtype()), i64);  // no bools below
    const Tensor x = a.to(dtype), y = b.to(dtype);
    close = eq(x, y);
    if (closeness.equal_nan) close = logical_or(close, logical_and(isnan(x), isnan(y)));
    const Tensor bound = add(mul(abs(y), closeness.relative), closeness.absolute);
    const Tensor apart = abs(sub(x, y));
    close =
        logical_or(close, logical_and(isfinite(apart), logical_and(isfinite(y), le(apart, bound))));
  }
  return record("isclose", std::move(close), constant(a), constant(b));
}

bool allclose(const Tensor& a, const Tensor& b, const Closeness& closeness) {
  return all_true(isclose(a, b, closeness));
}

bool equal(const Tensor& a, const Tensor& b) {
  internal::operand("equal", a);
  internal::operand("equal", b);
  return a.shape() == b.shape() && all_true(eq(a, b));
}

namespace {

Tensor chosen(const Tensor& condition, const Tensor& a, const Tensor& b, DType dtype) {
  if (internal::operand("where", condition).dtype != boolean) {
    internal::fail(ErrorKind::dtype, "where",
                   "the condition is {}: it must be bool, as gt(x, 0) is, or to(boolean)",
                   condition.dtype());
  }
  return internal::choose("where", condition, a, b, dtype);
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  internal::operand("where", a);
  internal::operand("where", b);
  return record(
      "where", chosen(condition, a, b, promote(a.dtype(), b.dtype())), constant(condition),
      wrt(a, [condition = Saved(condition)](const Tensor& g) { return where(*condition, g, 0); }),
      wrt(b, [condition = Saved(condition)](const Tensor& g) { return where(*condition, 0, g); }));
}

Tensor where(const Tensor& condition, const Tensor& a, Number b) {
  const DType dtype = promote(internal::operand("where", a).dtype, b);
  internal::check_fits("where", b, dtype);
  return record(
      {"where", {internal::attribute("other", b)}},
      chosen(condition, a, scalar_tensor(b, dtype), dtype), constant(condition),
      wrt(a, [condition = Saved(condition)](const Tensor& g) { return where(*condition, g, 0); }));
}

Tensor where(const Tensor& condition, Number a, const Tensor& b) {
  const DType dtype = promote(internal::operand("where", b).dtype, a);
  internal::check_fits("where", a, dtype);
  return record(
      {"where", {internal::attribute("input", a)}},
      chosen(condition, scalar_tensor(a, dtype), b, dtype), constant(condition),
      wrt(b, [condition = Saved(condition)](const Tensor& g) { return where(*condition, 0, g); }));
}

}  // namespace attune
