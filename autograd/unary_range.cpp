// Rounding, kinds of numbers, and bounds.
#include <algorithm>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/number.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::attribute;
using internal::Binary;
using internal::operand;
using internal::Unary;
using internal::zip;
namespace general = internal::general;

namespace {

Tensor rounded(const char* operation, internal::GeneralUnary function, Unary kernel,
               const Tensor& x) {
  const DType dtype = operand(operation, x).dtype;
  return record(operation,
                is_floating(dtype) ? internal::map(operation, function, kernel, x)
                                   : internal::contiguous_copy(operation, x, dtype),
                constant(x));
}

// `of_integers` is the answer for a type that has neither NaN nor infinity.
Tensor kind(const char* operation, internal::GeneralUnary function, internal::Predicate kernel,
            const Tensor& x, bool of_integers) {
  const DType dtype = operand(operation, x).dtype;
  return record(operation,
                is_floating(dtype) ? internal::map(operation, function, kernel, x)
                                   : full(x.shape(), of_integers, boolean),
                constant(x));
}

}  // namespace

Tensor ceil(const Tensor& x) { return rounded("ceil", general::ceil, Unary::ceil, x); }
Tensor floor(const Tensor& x) { return rounded("floor", general::floor, Unary::floor, x); }
Tensor round(const Tensor& x) { return rounded("round", general::round, Unary::round, x); }
Tensor trunc(const Tensor& x) { return rounded("trunc", general::trunc, Unary::trunc, x); }

Tensor isnan(const Tensor& x) {
  return kind("isnan", general::isnan, internal::Predicate::isnan, x, false);
}
Tensor isinf(const Tensor& x) {
  return kind("isinf", general::isinf, internal::Predicate::isinf, x, false);
}
Tensor isfinite(const Tensor& x) {
  return kind("isfinite", general::isfinite, internal::Predicate::isfinite, x, true);
}

Tensor nan_to_num(const Tensor& x, const Replacements& replacements) {
  const DType dtype = operand("nan_to_num", x).dtype;
  Tensor value;
  if (is_floating(dtype)) {
    const internal::ValuesOf values("nan_to_num");
    const double most = dtype == f64 ? std::numeric_limits<double>::max()
                                     : double{std::numeric_limits<float>::max()};
    const double above = std::clamp(replacements.positive_infinity, -most, most);
    const double below = std::clamp(replacements.negative_infinity, -most, most);
    const Tensor infinite =
        where(gt(x, 0), scalar_tensor(above, dtype), scalar_tensor(below, dtype));
    value = where(isinf(x), infinite, where(isnan(x), replacements.nan, x));
  } else {
    value = internal::contiguous_copy("nan_to_num", x, dtype);
  }
  return record({"nan_to_num",
                 {{"nan", replacements.nan},
                  {"posinf", replacements.positive_infinity},
                  {"neginf", replacements.negative_infinity}}},
                std::move(value),
                wrt(x, [x = Saved(x)](const Tensor& g) { return where(isfinite(x), g, 0); }));
}

namespace {

Tensor at_least(const char* operation, const Tensor& x, Number low) {
  const DType dtype = promote(operand(operation, x).dtype, low);
  return zip(operation, general::maximum, Binary::maximum, x, low, dtype == boolean ? u8 : dtype);
}

Tensor at_most(const char* operation, const Tensor& x, Number high) {
  const DType dtype = promote(operand(operation, x).dtype, high);
  return zip(operation, general::minimum, Binary::minimum, x, high, dtype == boolean ? u8 : dtype);
}

DType common(const char* operation, const Tensor& x, const Tensor& bound) {
  const DType dtype = promote(operand(operation, x).dtype, operand(operation, bound).dtype);
  return dtype == boolean ? u8 : dtype;
}

Tensor at_least(const char* operation, const Tensor& x, const Tensor& low) {
  return zip(operation, general::maximum, Binary::maximum, x, low, common(operation, x, low));
}

Tensor at_most(const char* operation, const Tensor& x, const Tensor& high) {
  return zip(operation, general::minimum, Binary::minimum, x, high, common(operation, x, high));
}

}  // namespace

Tensor clamp(const Tensor& x, Number low, Number high) {
  return record(
      {"clamp", {attribute("min", low), attribute("max", high)}},
      at_most("clamp", at_least("clamp", x, low), high),
      wrt(x, [x = Saved(x), low = low.as<double>(), high = high.as<double>()](const Tensor& g) {
        return where(logical_and(ge(x, low), le(x, high)), g, 0);
      }));
}

Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high) {
  const internal::Inside called("clamp");
  return clamp_max(clamp_min(x, low), high);
}

Tensor clamp_min(const Tensor& x, Number low) {
  return record({"clamp_min", {attribute("min", low)}}, at_least("clamp_min", x, low),
                wrt(x, [x = Saved(x), low](const Tensor& g) { return where(ge(x, low), g, 0); }));
}

Tensor clamp_min(const Tensor& x, const Tensor& low) {
  return record(
      "clamp_min", at_least("clamp_min", x, low),
      wrt(x, [x = Saved(x), low = Saved(low)](const Tensor& g) { return where(ge(x, low), g, 0); }),
      wrt(low,
          [x = Saved(x), low = Saved(low)](const Tensor& g) { return where(lt(x, low), g, 0); }));
}

Tensor clamp_max(const Tensor& x, Number high) {
  return record({"clamp_max", {attribute("max", high)}}, at_most("clamp_max", x, high),
                wrt(x, [x = Saved(x), high](const Tensor& g) { return where(le(x, high), g, 0); }));
}

Tensor clamp_max(const Tensor& x, const Tensor& high) {
  return record("clamp_max", at_most("clamp_max", x, high),
                wrt(x, [x = Saved(x),
                        high = Saved(high)](const Tensor& g) { return where(le(x, high), g, 0); }),
                wrt(high, [x = Saved(x), high = Saved(high)](const Tensor& g) {
                  return where(gt(x, high), g, 0);
                }));
}

}  // namespace attune
