// Writing a result over an operand: the methods of Tensor and the functions.
#include "attune/ops/inplace.hpp"

#include <cstdint>

#include "attune/inside.hpp"
#include "attune/mode.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/unary.hpp"
#include "autograd/matmul_values.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/storage.hpp"

namespace attune {

using internal::current_mode;
using internal::Impl;
using internal::operand;

namespace {

// x = compute(x)
template <class Compute>
Tensor& replace(const char* operation, Tensor& x, Compute compute) {
  internal::check_write(operation, x);
  Tensor value;
  {
    const internal::Inside called(operation);  // its steps are in a trace, before the write
    const NoGrad values_only;
    value = compute(x);
  }
  if (value.shape() != x.shape()) {
    internal::fail(ErrorKind::shape, operation,
                   "an operand would widen the target of shape {} to {}: use the operation that "
                   "returns a new tensor",
                   x.shape(), value.shape());
  }
  if (promote(value.dtype(), x.dtype()) != x.dtype()) {
    internal::fail(ErrorKind::dtype, operation,
                   "the result is {}, which a target of {} cannot hold: convert first",
                   value.dtype(), x.dtype());
  }
  internal::begin_write(operation, x);
  internal::copy(value, x);
  internal::trace_write(operation, x, {&value});
  return x;
}

}  // namespace

Tensor& Tensor::operator+=(const Tensor& other) {
  return replace("+=", *this, [&](const Tensor& v) { return add(v, other); });
}
Tensor& Tensor::operator+=(Number other) {
  return replace("+=", *this, [&](const Tensor& v) { return add(v, other); });
}
Tensor& Tensor::operator-=(const Tensor& other) {
  return replace("-=", *this, [&](const Tensor& v) { return sub(v, other); });
}
Tensor& Tensor::operator-=(Number other) {
  return replace("-=", *this, [&](const Tensor& v) { return sub(v, other); });
}
Tensor& Tensor::operator*=(const Tensor& other) {
  return replace("*=", *this, [&](const Tensor& v) { return mul(v, other); });
}
Tensor& Tensor::operator*=(Number other) {
  return replace("*=", *this, [&](const Tensor& v) { return mul(v, other); });
}
Tensor& Tensor::operator/=(const Tensor& other) {
  return replace("/=", *this, [&](const Tensor& v) { return div(v, other); });
}
Tensor& Tensor::operator/=(Number other) {
  return replace("/=", *this, [&](const Tensor& v) { return div(v, other); });
}

Tensor& add_(Tensor& x, const Tensor& other) {
  return replace("add_", x, [&](const Tensor& v) { return add(v, other); });
}
Tensor& add_(Tensor& x, Number other) {
  return replace("add_", x, [&](const Tensor& v) { return add(v, other); });
}
Tensor& sub_(Tensor& x, const Tensor& other) {
  return replace("sub_", x, [&](const Tensor& v) { return sub(v, other); });
}
Tensor& sub_(Tensor& x, Number other) {
  return replace("sub_", x, [&](const Tensor& v) { return sub(v, other); });
}
Tensor& mul_(Tensor& x, const Tensor& other) {
  return replace("mul_", x, [&](const Tensor& v) { return mul(v, other); });
}
Tensor& mul_(Tensor& x, Number other) {
  return replace("mul_", x, [&](const Tensor& v) { return mul(v, other); });
}
Tensor& div_(Tensor& x, const Tensor& other) {
  return replace("div_", x, [&](const Tensor& v) { return div(v, other); });
}
Tensor& div_(Tensor& x, Number other) {
  return replace("div_", x, [&](const Tensor& v) { return div(v, other); });
}
Tensor& pow_(Tensor& x, const Tensor& exponent) {
  return replace("pow_", x, [&](const Tensor& v) { return pow(v, exponent); });
}
Tensor& pow_(Tensor& x, Number exponent) {
  return replace("pow_", x, [&](const Tensor& v) { return pow(v, exponent); });
}

Tensor& neg_(Tensor& x) { return replace("neg_", x, neg); }
Tensor& abs_(Tensor& x) { return replace("abs_", x, abs); }
Tensor& sqrt_(Tensor& x) { return replace("sqrt_", x, sqrt); }
Tensor& exp_(Tensor& x) { return replace("exp_", x, exp); }
Tensor& log_(Tensor& x) { return replace("log_", x, log); }
Tensor& relu_(Tensor& x) { return replace("relu_", x, relu); }
Tensor& sigmoid_(Tensor& x) { return replace("sigmoid_", x, sigmoid); }
Tensor& tanh_(Tensor& x) { return replace("tanh_", x, tanh); }
Tensor& clamp_(Tensor& x, Number low, Number high) {
  return replace("clamp_", x, [&](const Tensor& v) { return clamp(v, low, high); });
}

Tensor& masked_fill_(Tensor& x, const Tensor& mask, Number value) {
  return replace("masked_fill_", x, [&](const Tensor& v) { return masked_fill(v, mask, value); });
}
Tensor& scatter_add_(Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  return replace("scatter_add_", x,
                 [&](const Tensor& v) { return scatter_add(v, axis, index, source); });
}

Tensor& lerp_(Tensor& x, const Tensor& end, Number weight) {
  return replace("lerp_", x, [&](const Tensor& v) { return lerp(v, end, weight); });
}
Tensor& addcmul_(Tensor& x, const Tensor& a, const Tensor& b, Number factor) {
  return replace("addcmul_", x, [&](const Tensor& v) { return addcmul(v, a, b, factor); });
}
Tensor& addcdiv_(Tensor& x, const Tensor& a, const Tensor& b, Number factor) {
  return replace("addcdiv_", x, [&](const Tensor& v) { return addcdiv(v, a, b, factor); });
}

namespace {

// Also where a tensor of ours and one over foreign memory see the same bytes.
bool share_memory(const internal::Storage& a, const internal::Storage& b) {
  const auto begins = [](const internal::Storage& s) {
    return reinterpret_cast<std::uintptr_t>(s.data);
  };
  return begins(a) < begins(b) + b.bytes && begins(b) < begins(a) + a.bytes;
}

// Whether the kernel may write the result over x and need not be seen to: no trace, no NaN check.
bool fits_product(const Tensor& x, const Tensor& a, const Tensor& b, const AddmmOptions& options) {
  const Impl &to = operand("addmm_", x), &left = operand("addmm_", a),
             &right = operand("addmm_", b);
  if (current_mode.tracer || current_mode.check_finite) return false;
  if (options.alpha != 1 || (options.beta != 0 && options.beta != 1)) return false;
  return is_floating(to.dtype) && left.dtype == to.dtype && right.dtype == to.dtype &&
         to.contiguous && !to.storage->foreign && !share_memory(*to.storage, *left.storage) &&
         !share_memory(*to.storage, *right.storage) && to.shape.rank() == 2 &&
         left.shape.rank() == 2 && right.shape.rank() == 2 && left.shape[1] == right.shape[0] &&
         to.shape[0] == left.shape[0] && to.shape[1] == right.shape[1];
}

// Apart from the way that small products take, which then needs no frame for this one.
[[gnu::noinline]] Tensor& replace_by_addmm(Tensor& x, const Tensor& a, const Tensor& b,
                                           const AddmmOptions& options) {
  return replace("addmm_", x, [&](const Tensor& v) { return addmm(v, a, b, options); });
}

}  // namespace

Tensor& addmm_(Tensor& x, const Tensor& a, const Tensor& b, const AddmmOptions& options) {
  if (!fits_product(x, a, b, options)) return replace_by_addmm(x, a, b, options);
  internal::begin_write("addmm_", x);
  internal::multiply_into("addmm_", x, a, b, options.beta == 1);
  return x;
}

}  // namespace attune
