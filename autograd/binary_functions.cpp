// Division with a remainder, powers, and functions of two operands.
#include <algorithm>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/binary_types.hpp"
#include "autograd/number.hpp"
#include "autograd/operand.hpp"
#include "core/elementwise.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::attribute;
using internal::Binary;
using internal::common_floating_type;
using internal::common_type;
using internal::fail;
using internal::pair;
using internal::zip;
namespace general = internal::general;

namespace {

// Of whole numbers: the position of the first that breaks a rule, or -1.
template <class Breaks>
std::int64_t first_that(const char* operation, const Tensor& x, Breaks breaks) {
  const Tensor dense = internal::as_contiguous(operation, x, i64);
  const std::span<const std::int64_t> elements = dense.values<std::int64_t>();
  const auto found = std::ranges::find_if(elements, breaks);
  return found == elements.end() ? -1 : found - elements.begin();
}

// The type of the quotient, whose divisor is checked.
DType divisible(const char* operation, const Tensor& a, const Tensor& b) {
  const DType dtype = common_type(operation, a, b);
  if (!is_floating(dtype)) {
    const std::int64_t at =
        first_that(operation, b, [](std::int64_t divisor) { return divisor == 0; });
    if (at >= 0) {
      fail(ErrorKind::value, operation,
           "integer division by zero: element {} of the divisor of shape {} is 0; convert with "
           "to(f32) for infinities",
           at, b.shape());
    }
  }
  return dtype;
}

}  // namespace

Tensor floor_divide(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("floor_divide", left, right);
  const DType dtype = divisible("floor_divide", a, b);
  return record("floor_divide", zip("floor_divide", general::floor_divide, a, b, dtype, dtype),
                constant(a), constant(b));
}

Tensor remainder(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("remainder", left, right);
  const DType dtype = divisible("remainder", a, b);
  return record("remainder",
                zip("remainder", general::remainder, internal::Division::remainder, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& g) {
                  return neg(mul(g, floor_divide(a, b)));
                }));
}

Tensor fmod(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("fmod", left, right);
  const DType dtype = divisible("fmod", a, b);
  return record("fmod", zip("fmod", general::fmod, internal::Division::fmod, a, b, dtype),
                wrt(a, [](const Tensor& g) { return g; }),
                wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& g, const Tensor& y) {
                  // Not trunc(a / b): the quotient may be rounded up to a whole number.
                  return neg(mul(g, round(div(sub(a, y), b))));
                }));
}

namespace {

[[noreturn]] void refuse_negative_exponent(std::int64_t exponent) {
  fail(ErrorKind::value, "pow",
       "an integer to the power {} is no integer: convert the base with to(f32)", exponent);
}

// The power by the functions that have kernels, where there is one; an undefined tensor elsewhere.
Tensor power_by_kernel(const Tensor& given, DType dtype, double exponent) {
  const internal::ValuesOf values("pow");
  const Tensor base = given.to(dtype);
  if (exponent == 2) return square(base);
  if (exponent == 3) return mul(square(base), base);
  if (exponent == 0.5) return sqrt(base);
  if (exponent == -0.5) return rsqrt(base);
  if (exponent == -1) return reciprocal(base);
  // Both are off by less than 1.92 units: the half of one that the first step loses counts twice,
  // and where that step leaves the normal numbers the result has left them all. (100000 elements on
  // Zen 5, us, by the kernel of pow and so: f32 142 and 12, f64 1200 and 29.)
  if (exponent == -2) return square(reciprocal(base));
  if (exponent == 4) return square(square(base));
  return {};
}

}  // namespace

Tensor pow(const Tensor& base, const Tensor& exponent) {
  const DType dtype = common_type("pow", base, exponent);
  if (!is_floating(dtype)) {
    const std::int64_t at = first_that("pow", exponent, [](std::int64_t e) { return e < 0; });
    if (at >= 0) {
      const Tensor dense = internal::as_contiguous("pow", exponent, i64);
      refuse_negative_exponent(dense.values<std::int64_t>()[static_cast<std::size_t>(at)]);
    }
  }
  return record(
      "pow", zip("pow", general::pow, Binary::pow, base, exponent, dtype),
      wrt(base,
          [x = Saved(base), e = Saved(exponent)](const Tensor& g) {
            const Tensor slope = mul(e, pow(x, sub(e, 1)));
            return mul(g, where(eq(e, 0), 0, slope));
          }),
      wrt(exponent, [x = Saved(base), e = Saved(exponent)](const Tensor& g, const Tensor& y) {
        const Tensor flat = logical_and(eq(x, 0), ge(e, 0));
        return mul(g, where(flat, 0, mul(y, log(where(flat, 1, x)))));
      }));
}

Tensor pow(const Tensor& base, Number exponent) {
  const DType dtype = common_type("pow", base, exponent);
  if (!is_floating(dtype) && exponent.integer() < 0) refuse_negative_exponent(exponent.integer());
  const double e = exponent.as<double>();
  Tensor value;
  if (is_floating(dtype)) value = power_by_kernel(base, dtype, e);
  if (!value.defined()) {
    value = zip("pow", general::pow, Binary::pow, base, exponent, dtype);
  }
  return record({"pow", {attribute("exponent", exponent)}}, std::move(value),
                wrt(base, [x = Saved(base), e](const Tensor& g) {
                  if (e == 0) return zeros_like(g);
                  return mul(mul(g, pow(x, e - 1)), e);
                }));
}

Tensor pow(Number base, const Tensor& exponent) {
  return pow(scalar_tensor(base, common_type("pow", exponent, base)), exponent);
}

namespace {

// a / h of a point's distance h; 0 at the origin, and so are its slopes.
Tensor over(const Tensor& a, const Tensor& h) {
  const Tensor origin = eq(h, 0);
  return div(masked_fill(a, origin, 0), masked_fill(h, origin, 1));
}

// a / h^2, where h^2 may leave the range.
Tensor over_square(const Tensor& a, const Tensor& h) { return over(over(a, h), h); }

}  // namespace

Tensor atan2(const Operand& left, const Operand& right) {
  const auto [y, x] = pair("atan2", left, right);
  const DType dtype = common_floating_type("atan2", y, x);
  return record("atan2", zip("atan2", general::atan2, Binary::atan2, y, x, dtype),
                wrt(y, [y = Saved(y), x = Saved(x)](
                           const Tensor& g) { return mul(g, over_square(x, hypot(y, x))); }),
                wrt(x, [y = Saved(y), x = Saved(x)](const Tensor& g) {
                  return neg(mul(g, over_square(y, hypot(y, x))));
                }));
}

Tensor hypot(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("hypot", left, right);
  const DType dtype = common_floating_type("hypot", a, b);
  return record(
      "hypot", zip("hypot", general::hypot, Binary::hypot, a, b, dtype),
      wrt(a, [a = Saved(a)](const Tensor& g, const Tensor& y) { return mul(g, over(a, y)); }),
      wrt(b, [b = Saved(b)](const Tensor& g, const Tensor& y) { return mul(g, over(b, y)); }));
}

namespace {

// 1 where a > b, 1/2 where both are equal, else 0.
Tensor share_of_larger(const Tensor& a, const Tensor& b, DType dtype) {
  return mul(add(gt(a, b).to(dtype), ge(a, b).to(dtype)), 0.5);
}

}  // namespace

Tensor maximum(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("maximum", left, right);
  const DType dtype = common_type("maximum", a, b);
  return record("maximum", zip("maximum", general::maximum, Binary::maximum, a, b, dtype),
                wrt(a, [a = Saved(a), b = Saved(b)](
                           const Tensor& g) { return mul(g, share_of_larger(a, b, g.dtype())); }),
                wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& g) {
                  return mul(g, share_of_larger(b, a, g.dtype()));
                }));
}

Tensor minimum(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("minimum", left, right);
  const DType dtype = common_type("minimum", a, b);
  return record("minimum", zip("minimum", general::minimum, Binary::minimum, a, b, dtype),
                wrt(a, [a = Saved(a), b = Saved(b)](
                           const Tensor& g) { return mul(g, share_of_larger(b, a, g.dtype())); }),
                wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& g) {
                  return mul(g, share_of_larger(a, b, g.dtype()));
                }));
}

}  // namespace attune
