// What normalization over channels and over rows share: the normal form in attune operations, and
// the checks of what is given.
#pragma once

#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::internal::normalizing {

// x in normal form over `axes`, in attune operations.
struct Normal {
  Tensor mean, variance, inverse, x;

  Normal(const Tensor& from, const Axes& axes, double eps) : mean(attune::mean(from, axes, true)) {
    Tensor centred = sub(from, mean);
    // What the mean is off by: rounding alone, so no derivative flows through it.
    const Tensor rest = attune::mean(centred.detach(), axes, true);
    mean = add(mean, rest);
    centred = sub(centred, rest);
    variance = attune::mean(square(centred), axes, true);
    inverse = div(1, sqrt(add(variance, eps)));
    x = mul(centred, inverse);
  }
  // The derivative of x by what it was made from.
  Tensor backward(const Tensor& g, const Axes& axes) const {
    const Tensor along = mul(x, attune::mean(mul(g, x), axes, true));
    return mul(inverse, sub(sub(g, attune::mean(g, axes, true)), along));
  }
};

inline void check_input(const char* name, const Tensor& x, double eps) {
  operand(name, x);
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, name, "x is {}: convert it with to(f32)", x.dtype());
  }
  if (!(eps >= 0)) fail(ErrorKind::value, name, "eps is {}: it must not be negative", eps);
}

// `given`, checked, or `otherwise` everywhere.
inline Tensor parameter(const char* name, const char* role, const Tensor& given, const Shape& shape,
                        const Tensor& x, double otherwise) {
  if (!given.defined()) return full(shape, otherwise, x.dtype());
  operand(name, given);
  if (given.shape() != shape) {
    fail(ErrorKind::shape, name, "{} has shape {}: expected {} for x of shape {}", role,
         given.shape(), shape, x.shape());
  }
  if (given.dtype() != x.dtype()) {
    fail(ErrorKind::dtype, name, "{} is {}, x is {}: convert one of them", role, given.dtype(),
         x.dtype());
  }
  return given;
}

inline Tensor flat(const Tensor& x) { return as_contiguous("norm", x, x.dtype()); }

}  // namespace attune::internal::normalizing
