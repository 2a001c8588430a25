// The nonlinearities that work element by element: value, slope and their fused kernel side by
// side.
#include "attune/ops/activation.hpp"

#include <numbers>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/creation.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/deriving.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::Activation;
using internal::Binary;
using internal::data;
using internal::fail;
using internal::map;
using internal::Unary;
namespace general = internal::general;

namespace {

// A function of x in attune operations, of every order.
using Formula = Tensor (*)(const Tensor& x, double p, double q);

// Transcendental kernels cost about this many additions an element.
constexpr std::int64_t function_cost = 8;

Tensor fused_value(const char* name, Activation kernel, const Tensor& x, double p, double q) {
  const Tensor in = internal::as_contiguous(name, x, floating(x.dtype()));
  Tensor y = internal::empty_tensor(name, x.shape(), in.dtype());
  internal::visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto function = internal::kernels().of<T>().of(kernel);
    internal::for_chunks(y.numel(), function_cost, [&](std::int64_t at, std::int64_t n) {
      function(n, data<T>(in) + at, static_cast<T>(p), static_cast<T>(q), data<T>(y) + at);
    });
  });
  return y;
}

Tensor fused_slope(Activation kernel, const Tensor& g, const Tensor& x, double p, double q) {
  Tensor y = internal::room_for_derivative("backward", g);  // before another handle to g
  const Tensor in = internal::as_contiguous("backward", x, x.dtype());
  const Tensor arriving = internal::as_contiguous("backward", g, x.dtype());
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto function = internal::kernels().of<T>().backward_of(kernel);
    internal::for_chunks(y.numel(), function_cost, [&](std::int64_t at, std::int64_t n) {
      function(n, data<T>(arriving) + at, data<T>(in) + at, static_cast<T>(p), static_cast<T>(q),
               data<T>(y) + at);
    });
  });
  internal::trace_value("activation_backward", y, {&g, &x});
  return y;
}

Tensor activation(const Op& op, Activation kernel, const Tensor& x, double p, double q,
                  Formula value, Formula slope) {
  internal::operand(op.name, x);
  Tensor y;
  if (internal::own_kernels()) {
    y = fused_value(op.name, kernel, x, p, q);
  } else {
    const internal::ValuesOf values(op.name);
    y = value(x.to(floating(x.dtype())), p, q);
  }
  return record(op, std::move(y), wrt(x, [x = Saved(x), kernel, p, q, slope](const Tensor& g) {
                  if (internal::composed()) return mul(g, slope(x, p, q));
                  return fused_slope(kernel, g, x, p, q);
                }));
}

// 1 where x > at, else 0.
Tensor above(const Tensor& x, double at) { return gt(x, at).to(x.dtype()); }
Tensor below(const Tensor& x, double at) { return lt(x, at).to(x.dtype()); }
Tensor between(const Tensor& x, double low, double high) {
  return mul(above(x, low), below(x, high));
}

Tensor sigmoid_backward(const Tensor& g, const Tensor& y) {
  if (internal::composed()) return mul(g, mul(y, sub(1, y)));
  return internal::derivative_by_result("sigmoid_backward", general::sigmoid_backward,
                                        Binary::sigmoid_backward, g, y);
}

// Linear in g and piecewise constant in y.
Tensor relu_backward(const Tensor& g, const Tensor& y) {
  return record("relu_backward",
                internal::derivative_by_result("relu_backward", general::relu_backward,
                                               Binary::relu_backward, g, y),
                wrt(g, [y = Saved(y)](const Tensor& h) { return relu_backward(h, y); }),
                constant(y));
}

// log(1 + e^-|x|), the part of softplus and log_sigmoid that bends.
Tensor bend(const Tensor& x) { return log1p(exp(neg(abs(x)))); }

// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); from x = 20 on it is 1.
struct MishParts {
  Tensor near, e, n_plus_two, ratio;
  explicit MishParts(const Tensor& x) : near(clamp_max(x, 20)), e(exp(near)) {
    const Tensor n = mul(e, add(e, 2));
    n_plus_two = add(n, 2);
    ratio = div(n, n_plus_two);
  }
};

constexpr double root_two_over_pi = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
constexpr double gelu_cubic = 0.044715;

Tensor gelu_inner(const Tensor& x) {
  return tanh(mul(add(x, mul(mul(square(x), x), gelu_cubic)), root_two_over_pi));
}

Tensor normal_cdf(const Tensor& x) {
  return mul(add(erf(mul(x, 1 / std::numbers::sqrt2)), 1), 0.5);
}

Tensor elu_of(const char* name, const Tensor& x, double alpha, double scale) {
  return activation(
      {name, {{"alpha", alpha}, {"scale", scale}}}, Activation::elu, x, alpha, scale,
      [](const Tensor& v, double p, double q) {
        return mul(add(relu(v), mul(expm1(clamp_max(v, 0)), p)), q);
      },
      [](const Tensor& v, double p, double q) {
        const Tensor right = above(v, 0);
        return mul(add(right, mul(mul(sub(1, right), exp(clamp_max(v, 0))), p)), q);
      });
}

Tensor hardtanh_of(const char* name, const Tensor& x, double low, double high) {
  return activation(
      {name, {{"low", low}, {"high", high}}}, Activation::hardtanh, x, low, high,
      [](const Tensor& v, double p, double q) { return clamp(v, p, q); },
      [](const Tensor& v, double p, double q) { return between(v, p, q); });
}

}  // namespace

Tensor relu(const Tensor& x) {
  return record("relu", map("relu", general::relu, Unary::relu, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return relu_backward(g, y); }));
}

Tensor relu6(const Tensor& x) { return hardtanh_of("relu6", x, 0, 6); }

Tensor leaky_relu(const Tensor& x, double slope) {
  return activation(
      {"leaky_relu", {{"slope", slope}}}, Activation::leaky_relu, x, slope, 0,
      [](const Tensor& v, double p, double) { return add(relu(v), mul(clamp_max(v, 0), p)); },
      [](const Tensor& v, double p, double) {
        const Tensor right = above(v, 0);
        return add(right, mul(sub(1, right), p));
      });
}

Tensor prelu(const Tensor& given, const Tensor& weight) {
  const Shape& shape = internal::operand("prelu", given).shape;
  const std::int64_t count = internal::operand("prelu", weight).numel;
  const Tensor x = given.to(floating(given.dtype()));
  const int axis = shape.rank() > 1 ? 1 : 0;
  if (count != 1 && (weight.dim() != 1 || shape.empty() || count != shape[axis])) {
    fail(ErrorKind::shape, "prelu",
         "weight of shape {} for x of shape {}: expected one element, or one for each of the "
         "channels (axis {})",
         weight.shape(), shape, axis);
  }
  Shape wide;
  if (count != 1) {
    wide.push_back(count);
    for (int i = axis + 1; i < shape.rank(); ++i) wide.push_back(1);
  }
  const Tensor right = above(x, 0), left = sub(1, right);
  return mul(x, add(right, mul(left, reshape(weight, wide))));
}

Tensor elu(const Tensor& x, double alpha) { return elu_of("elu", x, alpha, 1); }

Tensor selu(const Tensor& x) {
  return elu_of("selu", x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946);
}

Tensor gelu(const Tensor& x, Gelu form) {
  if (form == Gelu::tanh) {
    return activation(
        {"gelu", {{"form", "tanh"}}}, Activation::gelu_tanh, x, 0, 0,
        [](const Tensor& v, double, double) { return mul(mul(v, 0.5), add(gelu_inner(v), 1)); },
        [](const Tensor& v, double, double) {
          // beyond 10 the tangent is 1 exactly, and its slope times any power of x is 0
          const Tensor near = clamp(v, -10, 10), inner = gelu_inner(near);
          const Tensor rate = mul(add(mul(square(near), 3 * gelu_cubic), 1), root_two_over_pi);
          const Tensor bent = mul(mul(near, sub(1, square(inner))), rate);
          return mul(add(add(inner, 1), bent), 0.5);
        });
  }
  return activation(
      {"gelu", {{"form", "exact"}}}, Activation::gelu, x, 0, 0,
      [](const Tensor& v, double, double) { return mul(v, normal_cdf(v)); },
      [](const Tensor& v, double, double) {
        const Tensor density = mul(exp(mul(square(v), -0.5)), root_two_over_pi / 2);
        return add(mul(v, density), normal_cdf(v));
      });
}

Tensor silu(const Tensor& x) {
  return activation(
      "silu", Activation::silu, x, 0, 0,
      [](const Tensor& v, double, double) { return mul(v, sigmoid(v)); },
      [](const Tensor& v, double, double) {
        const Tensor s = sigmoid(v);
        return mul(s, add(mul(v, sub(1, s)), 1));
      });
}

Tensor mish(const Tensor& x) {
  return activation(
      "mish", Activation::mish, x, 0, 0,
      [](const Tensor& v, double, double) { return mul(v, MishParts(v).ratio); },
      [](const Tensor& v, double, double) {
        const MishParts part(v);
        const Tensor bent =
            div(mul(mul(part.near, part.e), add(part.e, 1)), square(part.n_plus_two));
        return add(part.ratio, mul(bent, 4));
      });
}

Tensor softplus(const Tensor& x, const SoftplusOptions& options) {
  if (!(options.beta > 0)) {
    fail(ErrorKind::value, "softplus", "beta is {}: it must be above 0", options.beta);
  }
  return activation(
      {"softplus", {{"beta", options.beta}, {"threshold", options.threshold}}},
      Activation::softplus, x, options.beta, options.threshold,
      [](const Tensor& v, double p, double q) {
        const Tensor z = mul(v, p);
        return where(gt(z, q), v, div(add(relu(z), bend(z)), p));
      },
      [](const Tensor& v, double p, double q) {
        const Tensor z = mul(v, p), linear = above(z, q);
        return add(linear, mul(sub(1, linear), sigmoid(z)));
      });
}

Tensor softsign(const Tensor& x) {
  return activation(
      "softsign", Activation::softsign, x, 0, 0,
      [](const Tensor& v, double, double) { return div(v, add(abs(v), 1)); },
      [](const Tensor& v, double, double) { return square(div(1, add(abs(v), 1))); });
}

Tensor hardtanh(const Tensor& x, const HardtanhOptions& options) {
  if (!(options.low < options.high)) {
    fail(ErrorKind::value, "hardtanh", "low = {} is not below high = {}", options.low,
         options.high);
  }
  return hardtanh_of("hardtanh", x, options.low, options.high);
}

Tensor hardsigmoid(const Tensor& x) {
  return activation(
      "hardsigmoid", Activation::hardsigmoid, x, 0, 0,
      [](const Tensor& v, double, double) { return div(clamp(add(v, 3), 0, 6), 6); },
      [](const Tensor& v, double, double) { return div(between(v, -3, 3), 6); });
}

Tensor hardswish(const Tensor& x) {
  return activation(
      "hardswish", Activation::hardswish, x, 0, 0,
      [](const Tensor& v, double, double) { return mul(v, div(clamp(add(v, 3), 0, 6), 6)); },
      [](const Tensor& v, double, double) {
        const Tensor inside = between(v, -3, 3), right = sub(1, below(v, 3));
        return add(mul(inside, add(div(clamp(v, -3, 3), 3), 0.5)), right);
      });
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", map("sigmoid", general::sigmoid, Unary::sigmoid, x),
                wrt(x, [](const Tensor& g, const Tensor& y) { return sigmoid_backward(g, y); }));
}

Tensor log_sigmoid(const Tensor& x) {
  return activation(
      "log_sigmoid", Activation::log_sigmoid, x, 0, 0,
      [](const Tensor& v, double, double) { return neg(add(relu(neg(v)), bend(v))); },
      [](const Tensor& v, double, double) { return sigmoid(neg(v)); });
}

}  // namespace attune
