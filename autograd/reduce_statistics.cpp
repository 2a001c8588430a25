// Variance, norms, logsumexp.
#include <cmath>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/reduce.hpp"

namespace attune {

using internal::fail;
using internal::operand;
using internal::reduced_axes;
using internal::ReducedAxes;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// x^(1/p) of x >= 0, whose derivative y / (p x) is taken to be 0 at 0.
Tensor root(const char* operation, const Tensor& x, double p) {
  Tensor y;
  {
    const internal::ValuesOf values(operation);
    y = p == 2 ? sqrt(x) : pow(x, 1 / p);
  }
  return record({operation, {{"p", p}}}, std::move(y),
                wrt(x, [x = Saved(x), p](const Tensor& g, const Tensor& result) {
                  const Tensor divisor = masked_fill(x, eq(x, 0), infinity);
                  return div(mul(g, result), mul(divisor, p));
                }));
}

// sqrt(sum(x^2)) over all of x, in one pass: accumulated in double, no squares in memory.
Tensor length_of(const Tensor& x, const Shape& shape) {
  Tensor y;
  {
    const internal::ValuesOf values("norm");
    y = full(shape, std::sqrt(internal::sum_of_squares(x)), x.dtype());
  }
  return record({"norm", {{"p", 2.0}}}, std::move(y),
                wrt(x, [x = Saved(x)](const Tensor& g, const Tensor& result) {
                  return mul(x, div(g, masked_fill(result, eq(result, 0), infinity)));
                }));
}

// How far from 0 a mean may be, in standard deviations, before what rounding takes from it, some
// units in the last place, shows in the sum of squares about it.
constexpr double far = 32;

// What rounding took from means that lie so far from 0, or so far that the squares of it overflow:
// the mean of the numbers centred about them. 0 for means nearer to it, so that no result depends
// on its neighbours, and where the centred numbers overflow. Undefined when none is far; where a
// number is not finite neither is the mean, which counts as near.
Tensor rest_of(const Tensor& centred, const Tensor& means, const Tensor& squares,
               const Axes& axes) {
  const double count = static_cast<double>(centred.numel()) / static_cast<double>(means.numel());
  return internal::visit_floating(means.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *const m = internal::data<T>(means), *const s = internal::data<T>(squares);
    const auto is_far = [=](std::int64_t i) {
      return std::isfinite(m[i]) && (count * m[i] * m[i] > far * far * s[i] || std::isinf(s[i]));
    };
    const double far_means =
        internal::sum_chunks(means.numel(), 1, [&](std::int64_t first, std::int64_t length) {
          double found = 0;
          for (std::int64_t i = first; i < first + length; ++i) found += is_far(i) ? 1 : 0;
          return found;
        });
    if (far_means == 0) return Tensor();
    Tensor rest = mean(centred.detach(), axes, true);
    T* const r = internal::data<T>(rest);
    internal::for_chunks(means.numel(), 1, [&](std::int64_t first, std::int64_t length) {
      for (std::int64_t i = first; i < first + length; ++i)
        if (!is_far(i) || !std::isfinite(r[i])) r[i] = 0;
    });
    return rest;
  });
}

}  // namespace

VarianceAndMean var_mean(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  const internal::Inside called("var_mean");
  const Shape& shape = operand("var", x).shape;
  const ReducedAxes reduced = reduced_axes("var", shape, axes);
  internal::require_entries("var", shape, reduced);
  if (std::isnan(correction))
    fail(ErrorKind::value, "var",
         "correction is NaN: 1 estimates from a sample, 0 takes all there is");
  const double freedom = static_cast<double>(reduced.count) - correction;
  if (!(freedom > 0)) {
    fail(
        ErrorKind::value, "var",
        "{} entries with correction {} leave nothing to divide by (shape {}): use correction 0, or "
        "more entries",
        reduced.count, correction, shape);
  }
  // Integers of f32's result may have more digits than it.
  if (!is_floating(x.dtype())) {
    const VarianceAndMean found = var_mean(x.to(f64), axes, keepdim, correction);
    return {found.var.to(f32), found.mean.to(f32)};
  }
  Tensor centre = mean(x, axes, true);
  const Tensor centred = sub(x, centre);
  Tensor squares = sum(square(centred), axes, keepdim);
  // Rounding alone, and made of detached numbers: no derivative flows through it.
  if (const Tensor rest = rest_of(centred, centre, squares, axes); rest.defined()) {
    centre = add(centre, rest);
    squares = sum(square(sub(centred, rest)), axes, keepdim);
  }
  return {div(squares, freedom),
          keepdim ? centre : reshape(centre, reduced.shape_of(shape, false))};
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  const internal::Inside called("var");
  return var_mean(x, axes, keepdim, correction).var;
}

Tensor std(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  const internal::Inside called("std");
  return root("std", var(x, axes, keepdim, correction), 2);
}

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdim) {
  const internal::Inside called("norm");
  operand("norm", x);
  if (std::isnan(p)) fail(ErrorKind::value, "norm", "p is NaN: it must be a number or an infinity");
  const ReducedAxes reduced = reduced_axes("norm", x.shape(), axes);
  if (std::isinf(p)) internal::require_entries("norm", x.shape(), reduced);
  const Tensor terms = x.to(floating(x.dtype()));
  const Shape shape = reduced.shape_of(x.shape(), keepdim);
  if (p == 2 && shape.numel() == 1) return length_of(terms, shape);
  if (p == 2) return root("norm", sum(square(terms), axes, keepdim), 2);
  if (p == 1) return sum(abs(terms), axes, keepdim);
  if (p == 0) return count_nonzero(terms, axes, keepdim).to(terms.dtype());
  if (p == infinity) return amax(abs(terms), axes, keepdim);
  if (p == -infinity) return amin(abs(terms), axes, keepdim);
  // Below 1 the slope at 0 is infinite and taken to be 0, as that of |x| is; below 2 that of it is.
  const Tensor none = p < 2 ? eq(terms, 0) : Tensor();
  const Tensor sizes = none.defined() ? masked_fill(abs(terms), none, 1) : abs(terms);
  const Tensor powers = pow(sizes, p);
  return root(
      "norm",
      sum(none.defined() ? masked_fill(powers, none, p > 0 ? 0 : infinity) : powers, axes, keepdim),
      p);
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  const Shape shape = operand("logsumexp", x).shape;
  const ReducedAxes reduced = reduced_axes("logsumexp", shape, axes);
  const DType dtype = floating(x.dtype());
  Tensor y;
  if (reduced.count == 0) {
    y = full(reduced.shape_of(shape, keepdim), -infinity, dtype);
  } else {
    const internal::ValuesOf values("logsumexp");
    const Tensor top = internal::max_over("logsumexp", x.to(dtype), reduced, true);
    // Shifted by 0 where the largest is infinite or NaN: exp and log then give the limit.
    const Tensor shift = masked_fill(top, ne(sub(top, top), 0), 0);
    y = add(log(sum(exp(sub(x, shift)), axes, true)), shift);
    if (!keepdim) {
      const Shape narrow = reduced.shape_of(shape, false);
      y = internal::view_of(y, narrow, internal::row_major(narrow), 0);
    }
  }
  return record({"logsumexp", {{"axes", axes}, {"keepdim", keepdim}}}, std::move(y),
                wrt(x, [reduced, axes, x = Saved(x)](const Tensor& g, const Tensor& result) {
                  const Tensor& from = x;
                  const Shape kept = reduced.shape_of(from.shape(), true);
                  const Tensor total = reshape(result, kept);
                  const Tensor finite = masked_fill(total, eq(total, -infinity), 0);
                  // softmax(x): the rounding of the logarithm, which large numbers would feel,
                  // falls out in the division.
                  const Tensor parts = exp(sub(from, finite));
                  const Tensor whole = sum(parts, axes, true);
                  return mul(reshape(g, kept),
                             div(parts, masked_fill(whole, logical_not(gt(whole, 0)), 1)));
                }));
}

}  // namespace attune
