// Losses that work element by element: their formulas. How they run: loss_elements.cpp. Losses on
// classes: loss_classes.cpp.
#include "attune/ops/loss.hpp"

#include <algorithm>
#include <cmath>

#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/loss_elements.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::Activation;
using internal::data;
using internal::fail;
using internal::KernelsOf;
using internal::Loss;

namespace {

// --- the formulas: p is delta for huber, unused by the others ----------------------------------

struct Squared {
  static constexpr const char *name = "mse_loss", *parameter = nullptr;
  template <class T>
  static void fused_value(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T, T* out) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = (x[i] - z[i]) * (x[i] - z[i]);
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T, T* out) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = 2 * (x[i] - z[i]);
  }
  static Tensor value(const Tensor& x, const Tensor& z, double) { return square(sub(x, z)); }
  static Tensor slope(const Tensor& x, const Tensor& z, double) { return mul(sub(x, z), 2); }
  static Tensor target_slope(const Tensor& x, const Tensor& z, double) { return mul(sub(z, x), 2); }
};

struct Absolute {
  static constexpr const char *name = "l1_loss", *parameter = nullptr;
  template <class T>
  static void fused_value(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T, T* out) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = std::fabs(x[i] - z[i]);
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    table.of(internal::Binary::sub)(n, x, 1, z, 1, out);
    table.of(internal::Unary::sign)(n, out, out);
  }
  static Tensor value(const Tensor& x, const Tensor& z, double) { return abs(sub(x, z)); }
  static Tensor slope(const Tensor& x, const Tensor& z, double) { return sign(sub(x, z)); }
  static Tensor target_slope(const Tensor& x, const Tensor& z, double) { return sign(sub(z, x)); }
};

// With m = min(|d|, delta) both branches are m (|d| - m / 2).
struct Huber {
  static constexpr const char *name = "huber_loss", *parameter = "delta";
  template <class T>
  static void fused_value(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T p,
                          T* out) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = std::fabs(x[i] - z[i]), m = d > p ? p : d;
      out[i] = m * (d - m / 2);
    }
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T p,
                          T* out) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = x[i] - z[i];
      out[i] = d > p ? p : d < -p ? -p : d;
    }
  }
  static Tensor value(const Tensor& x, const Tensor& z, double p) {
    const Tensor d = abs(sub(x, z)), m = clamp_max(d, p);
    return mul(m, sub(d, mul(m, 0.5)));
  }
  static Tensor slope(const Tensor& x, const Tensor& z, double p) {
    return clamp(sub(x, z), -p, p);
  }
  static Tensor target_slope(const Tensor& x, const Tensor& z, double p) {
    return clamp(sub(z, x), -p, p);
  }
};

constexpr double least_logarithm = -100, least_variance = 1e-12;

// log(p), given, but not below -100; its slope, 1/p, stays finite as that of the loss does.
Tensor bounded(const Tensor& logarithm, const Tensor& p) {
  return record(
      "binary_cross_entropy", clamp_min(logarithm.detach(), least_logarithm),
      wrt(p, [p = Saved(p)](const Tensor& g) { return div(g, clamp_min(p, least_variance)); }));
}

struct Probabilities {
  static constexpr const char *name = "binary_cross_entropy", *parameter = nullptr;
  template <class T>
  static void fused_value(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    constexpr T least = static_cast<T>(least_logarithm);
    alignas(64) T other[internal::loss_tile];
    for (std::int64_t i = 0; i < n; ++i) other[i] = -x[i];
    table.of(internal::Unary::log)(n, x, out);
    table.of(internal::Unary::log1p)(n, other, other);
    for (std::int64_t i = 0; i < n; ++i) {
      out[i] = -(z[i] * std::max(out[i], least) + (1 - z[i]) * std::max(other[i], least));
    }
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T, T* out) {
    constexpr T least = static_cast<T>(least_variance);
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = (x[i] - z[i]) / std::max((1 - x[i]) * x[i], least);
  }
  static Tensor value(const Tensor& x, const Tensor& z, double p) {
    return sub(mul(z, target_slope(x, z, p)), bounded(log1p(neg(x)), sub(1, x)));
  }
  static Tensor slope(const Tensor& x, const Tensor& z, double) {
    return div(sub(x, z), clamp_min(mul(sub(1, x), x), least_variance));
  }
  static Tensor target_slope(const Tensor& x, const Tensor&, double) {
    return sub(bounded(log1p(neg(x)), sub(1, x)), bounded(log(x), x));
  }
};

struct Logits {
  static constexpr const char *name = "binary_cross_entropy_with_logits", *parameter = nullptr;
  template <class T>
  static void fused_value(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    // In this order: what is large cancels first, and exactly where z is 0 or 1.
    for (std::int64_t i = 0; i < n; ++i) out[i] = std::abs(x[i]);
    table.of(Activation::log_sigmoid)(n, out, T(0), T(0), out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = (std::max(x[i], T(0)) - x[i] * z[i]) - out[i];
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    table.of(internal::Unary::sigmoid)(n, x, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] -= z[i];
  }
  static Tensor value(const Tensor& x, const Tensor& z, double) {
    return add(sub(relu(x), mul(x, z)), log1p(exp(neg(abs(x)))));
  }
  static Tensor slope(const Tensor& x, const Tensor& z, double) { return sub(sigmoid(x), z); }
  static Tensor target_slope(const Tensor& x, const Tensor&, double) { return neg(x); }
};

template <class F>
constexpr Loss loss{F::name,
                    F::parameter,
                    {F::template fused_value<float>, F::template fused_value<double>},
                    {F::template fused_slope<float>, F::template fused_slope<double>},
                    F::value,
                    F::slope,
                    F::target_slope};

// A weight may be left out; it does not change the shape of x.
void check_weight(const char* name, const char* what, const Tensor& weight, const Tensor& x) {
  if (!weight.defined() || broadcast_shapes(name, x.shape(), weight.shape()) == x.shape()) return;
  fail(ErrorKind::shape, name, "{} of shape {} does not broadcast to x of shape {}", what,
       weight.shape(), x.shape());
}

// Elementwise losses times a weight, reduced.
Tensor weighted(const Tensor& losses, const Tensor& weight, Reduction reduction) {
  return internal::reduce(weight.defined() ? mul(losses, weight) : losses, reduction);
}

// `what` is "x" or "target", `remedy` what to do about it.
void check_probabilities(const char* what, const Tensor& x, const char* remedy) {
  const Tensor in = internal::as_contiguous("binary_cross_entropy", x, floating(x.dtype()));
  internal::visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const p = data<T>(in);
    const std::int64_t n = in.numel();
    const auto& table = internal::kernels().of<T>();
    if (table.of(internal::Reduce::min)(n, p) >= 0 && table.of(internal::Reduce::max)(n, p) <= 1)
      return;
    for (std::int64_t i = 0; i < n; ++i) {
      if (p[i] >= 0 && p[i] <= 1) continue;
      fail(ErrorKind::value, "binary_cross_entropy",
           "element {} of {} of shape {} is {}, no probability: {}", i, what, x.shape(), p[i],
           remedy);
    }
  });
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return internal::elementwise_loss(loss<Squared>, x, target, 0, options.reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return internal::elementwise_loss(loss<Absolute>, x, target, 0, options.reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberOptions& options) {
  if (!(options.delta > 0)) {
    fail(ErrorKind::value, "huber_loss", "delta is {}: it must be above 0", options.delta);
  }
  return internal::elementwise_loss(loss<Huber>, x, target, options.delta, options.reduction);
}

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                            const BinaryCrossEntropyOptions& options) {
  const internal::Inside called("binary_cross_entropy");
  const Loss& bce = loss<Probabilities>;
  internal::check_operands(bce.name, x, target);
  check_probabilities("x", x, "apply sigmoid, or pass logits to binary_cross_entropy_with_logits");
  check_probabilities("the target", target, "targets lie in [0, 1]");
  if (!options.weight.defined())
    return internal::elementwise_loss(bce, x, target, 0, options.reduction);
  internal::check_reduction(bce.name, options.reduction, x.numel(), x.shape());
  check_weight(bce.name, "a weight", options.weight, x);
  return weighted(internal::elementwise_loss(bce, x, target, 0, Reduction::none), options.weight,
                  options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options) {
  const internal::Inside called("binary_cross_entropy_with_logits");
  const Loss& bce = loss<Logits>;
  if (!options.weight.defined() && !options.pos_weight.defined()) {
    return internal::elementwise_loss(bce, x, target, 0, options.reduction);
  }
  internal::check_operands(bce.name, x, target);
  internal::check_reduction(bce.name, options.reduction, x.numel(), x.shape());
  check_weight(bce.name, "a weight", options.weight, x);
  check_weight(bce.name, "a pos_weight", options.pos_weight, x);
  Tensor losses;
  if (options.pos_weight.defined()) {
    // pos_weight z log(1 + e^-x) + (1 - z) log(1 + e^x): both positive, nothing cancels
    const DType dtype = floating(promote(x.dtype(), target.dtype()));
    const Tensor logits = x.to(dtype), z = target.to(dtype);
    const Tensor positive = mul(mul(options.pos_weight, z), log_sigmoid(logits));
    losses = neg(add(positive, mul(sub(1, z), log_sigmoid(neg(logits)))));
  } else {
    losses = internal::elementwise_loss(bce, x, target, 0, Reduction::none);
  }
  return weighted(losses, options.weight, options.reduction);
}

}  // namespace attune
