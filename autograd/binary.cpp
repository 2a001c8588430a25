// Arithmetic on two operands, and its compounds of three.
#include "attune/ops/binary.hpp"

#include "attune/inside.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/binary_types.hpp"
#include "autograd/number.hpp"
#include "core/elementwise.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::attribute;
using internal::Binary;
using internal::common_type;
using internal::zip;
namespace general = internal::general;

Tensor add(const Tensor& a, const Tensor& b) {
  const DType dtype = common_type("add", a, b);
  return record("add", zip("add", general::add, Binary::add, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [](const Tensor& g) { return g; }));
}

Tensor add(const Tensor& a, Number b) {
  const DType dtype = common_type("add", a, b);
  return record({"add", {attribute("other", b)}},
                zip("add", general::add, Binary::add, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }));
}

Tensor sub(const Tensor& a, const Tensor& b) {
  const DType dtype = common_type("sub", a, b);
  return record("sub", zip("sub", general::sub, Binary::sub, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [](const Tensor& g) { return neg(g); }));
}

Tensor sub(const Tensor& a, Number b) {
  const DType dtype = common_type("sub", a, b);
  return record({"sub", {attribute("other", b)}},
                zip("sub", general::sub, Binary::sub, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }));
}

Tensor sub(Number a, const Tensor& b) {
  const DType dtype = common_type("sub", b, a);
  return record({"sub", {attribute("input", a)}},
                zip("sub", general::sub, Binary::sub, a, b, dtype),
                wrt(b, [](const Tensor& g) { return neg(g); }));
}

Tensor mul(const Tensor& a, const Tensor& b) {
  const DType dtype = common_type("mul", a, b);
  return record("mul", zip("mul", general::mul, Binary::mul, a, b, dtype),
                wrt(a, [b = Saved(b)](const Tensor& g) { return mul(g, b); }),
                wrt(b, [a = Saved(a)](const Tensor& g) { return mul(g, a); }));
}

Tensor mul(const Tensor& a, Number b) {
  const DType dtype = common_type("mul", a, b);
  return record({"mul", {attribute("other", b)}},
                zip("mul", general::mul, Binary::mul, a, b, dtype),
                wrt(a, [b](const Tensor& g) { return mul(g, b); }));
}

Tensor div(const Tensor& a, const Tensor& b) {
  const DType dtype = internal::common_floating_type("div", a, b);
  return record(
      "div", zip("div", general::div, Binary::div, a, b, dtype),
      wrt(a, [b = Saved(b)](const Tensor& g) { return div(g, b); }),
      wrt(b, [b = Saved(b)](const Tensor& g, const Tensor& y) { return neg(div(mul(g, y), b)); }));
}

Tensor div(const Tensor& a, Number b) {
  const DType dtype = internal::common_floating_type("div", a, b);
  return record({"div", {attribute("other", b)}},
                zip("div", general::div, Binary::div, a, b, dtype),
                wrt(a, [b](const Tensor& g) { return div(g, b); }));
}

Tensor div(Number a, const Tensor& b) {
  const DType dtype = internal::common_floating_type("div", b, a);
  return record(
      {"div", {attribute("input", a)}}, zip("div", general::div, Binary::div, a, b, dtype),
      wrt(b, [b = Saved(b)](const Tensor& g, const Tensor& y) { return neg(div(mul(g, y), b)); }));
}

namespace {

// From the nearer end, so that finite ones are met exactly.
Tensor between(const Tensor& start, const Tensor& end, double weight) {
  const Tensor way = sub(end, start);
  return weight < 0.5 ? add(start, mul(way, weight)) : sub(end, mul(way, 1 - weight));
}
Tensor between(const Tensor& start, const Tensor& end, const Tensor& weight) {
  const Tensor way = sub(end, start);
  return where(lt(weight, 0.5), add(start, mul(way, weight)), sub(end, mul(way, sub(1, weight))));
}

Tensor lerp_value(const Tensor& start, const Tensor& end, const Tensor& weight) {
  const internal::ValuesOf values("lerp");
  const DType dtype = internal::common_floating_type("lerp", start, end);
  return between(start.to(dtype), end.to(dtype),
                 is_floating(weight.dtype()) ? weight : weight.to(dtype));
}
Tensor lerp_value(const Tensor& start, const Tensor& end, double weight) {
  const internal::ValuesOf values("lerp");
  const DType dtype = internal::common_floating_type("lerp", start, end);
  return between(start.to(dtype), end.to(dtype), weight);
}

}  // namespace

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  return record("lerp", lerp_value(start, end, weight),
                wrt(start, [w = Saved(weight)](const Tensor& g) { return mul(g, sub(1, w)); }),
                wrt(end, [w = Saved(weight)](const Tensor& g) { return mul(g, w); }),
                wrt(weight, [start = Saved(start), end = Saved(end)](const Tensor& g) {
                  return mul(g, sub(end, start));
                }));
}

Tensor lerp(const Tensor& start, const Tensor& end, Number weight) {
  const double w = weight.as<double>();
  return record({"lerp", {{"weight", w}}}, lerp_value(start, end, w),
                wrt(start, [w](const Tensor& g) { return mul(g, 1 - w); }),
                wrt(end, [w](const Tensor& g) { return mul(g, w); }));
}

namespace {

// What the parts of addcmul and addcdiv would refuse under their own names.
void check_shapes(const char* operation, const Tensor& x, const Tensor& a, const Tensor& b) {
  internal::operand(operation, x);
  internal::operand(operation, a);
  internal::operand(operation, b);
  broadcast_shapes(operation, x.shape(), broadcast_shapes(operation, a.shape(), b.shape()));
}

}  // namespace

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Number factor) {
  common_type("addcmul", a, b);
  check_shapes("addcmul", x, a, b);
  Tensor value;
  {
    const internal::ValuesOf values("addcmul");
    value = add(x, mul(mul(a, b), factor));
  }
  return record({"addcmul", {attribute("value", factor)}}, std::move(value),
                wrt(x, [](const Tensor& g) { return g; }),
                wrt(a, [b = Saved(b), factor](const Tensor& g) { return mul(mul(g, b), factor); }),
                wrt(b, [a = Saved(a), factor](const Tensor& g) { return mul(mul(g, a), factor); }));
}

Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Number factor) {
  check_shapes("addcdiv", x, a, b);
  Tensor value;
  {
    const internal::ValuesOf values("addcdiv");
    value = add(x, mul(div(a, b), factor));
  }
  return record({"addcdiv", {attribute("value", factor)}}, std::move(value),
                wrt(x, [](const Tensor& g) { return g; }),
                wrt(a, [b = Saved(b), factor](const Tensor& g) { return mul(div(g, b), factor); }),
                wrt(b, [a = Saved(a), b = Saved(b), factor](const Tensor& g) {
                  return neg(mul(div(mul(g, a), square(b)), factor));
                }));
}

}  // namespace attune
