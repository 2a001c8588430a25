// Losses that work element by element, and their reduction. Losses on classes: loss_classes.cpp.
#include "attune/ops/loss.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/loss.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::Activation;
using internal::data;
using internal::fail;
using internal::KernelsOf;

namespace {

// f(x, z) or a derivative of it for n elements; `out` is no operand.
template <class T>
using Tile = void (*)(const KernelsOf<T>&, std::int64_t n, const T* x, const T* z, T p, T* out);
// The same in attune operations, of every order.
using Formula = Tensor (*)(const Tensor& x, const Tensor& z, double p);

struct Tiles {
  Tile<float> of_float;
  Tile<double> of_double;
  template <class T>
  Tile<T> of() const {
    if constexpr (sizeof(T) == sizeof(float))
      return of_float;
    else
      return of_double;
  }
};

struct Loss {
  const char* name;
  Tiles fused_value, fused_slope;  // the slope by x
  Formula value, slope, target_slope;
};

constexpr std::int64_t tile = 1024;
constexpr std::int64_t cost = 8;  // of an element, in additions

// Calls body(begin, count) for the tiles of a chunk of n elements.
template <class Body>
void for_tiles(std::int64_t n, std::int64_t chunk, const Body& body) {
  const std::int64_t begin = chunk * internal::elementwise_chunk;
  const std::int64_t end = std::min(n, begin + internal::elementwise_chunk);
  for (std::int64_t i = begin; i < end; i += tile) body(i, std::min(tile, end - i));
}

std::int64_t chunks_of(std::int64_t n) {
  return (n + internal::elementwise_chunk - 1) / internal::elementwise_chunk;
}

// The sum of all values times `factor`, or the values.
Tensor fused_value(const Loss& loss, const Tensor& x, const Tensor& z, double p, bool reduced,
                   double factor) {
  const std::int64_t n = x.numel(), chunks = chunks_of(n);
  const Tensor y = internal::empty_tensor(loss.name, reduced ? Shape{} : x.shape(), x.dtype());
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    const auto value = loss.fused_value.of<T>();
    const auto sum = table.of(internal::Reduce::sum);
    const auto part = [&](std::int64_t chunk) {
      double total = 0;
      for_tiles(n, chunk, [&](std::int64_t i, std::int64_t count) {
        alignas(64) T buffer[tile];
        T* const out = reduced ? buffer : data<T>(y) + i;
        value(table, count, data<T>(x) + i, data<T>(z) + i, static_cast<T>(p), out);
        if (reduced) total += sum(count, out);
      });
      return total;
    };
    double total = 0;
    if (chunks == 1) {
      total = part(0);
    } else {
      std::vector<double> partial(static_cast<std::size_t>(chunks));
      internal::parallel_for(chunks, n * cost, [&](std::int64_t chunk) {
        partial[static_cast<std::size_t>(chunk)] = part(chunk);
      });
      for (const double one : partial) total += one;
    }
    if (reduced) *data<T>(y) = static_cast<T>(total * factor);
  });
  return y;
}

// g factor f'(x), with one g for all or one for each element.
Tensor fused_slope(const Loss& loss, const Tensor& g, const Tensor& x, const Tensor& z, double p,
                   double factor) {
  const Tensor in = internal::as_contiguous(loss.name, x, g.dtype());
  const Tensor target = internal::as_contiguous(loss.name, z, g.dtype());
  const Tensor arriving = internal::as_contiguous(loss.name, g, g.dtype());
  Tensor y = internal::empty_tensor("backward", x.shape(), g.dtype());
  const std::int64_t n = y.numel(), step = g.dim() == x.dim() ? 1 : 0;
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = internal::kernels().of<T>();
    const auto slope = loss.fused_slope.of<T>();
    const auto mul = table.of(internal::Binary::mul);
    const T scale = static_cast<T>(factor);
    internal::parallel_for(chunks_of(n), n * cost, [&](std::int64_t chunk) {
      for_tiles(n, chunk, [&](std::int64_t i, std::int64_t count) {
        T* const out = data<T>(y) + i;
        slope(table, count, data<T>(in) + i, data<T>(target) + i, static_cast<T>(p), out);
        if (step) return mul(count, out, 1, data<T>(arriving) + i, 1, out);
        const T common = *data<T>(arriving) * scale;
        mul(count, out, 1, &common, 0, out);
      });
    });
  });
  return y;
}

void check_operands(const char* name, const Tensor& x, const Tensor& target) {
  internal::operand(name, x);
  internal::operand(name, target);
  if (x.shape() != target.shape()) {
    fail(ErrorKind::shape, name,
         "x has shape {}, the target {}: nothing is broadcast here, reshape one of them", x.shape(),
         target.shape());
  }
}

Tensor elementwise_loss(const Loss& loss, const Tensor& x, const Tensor& target, double p,
                        Reduction reduction) {
  check_operands(loss.name, x, target);
  internal::check_reduction(loss.name, reduction, x.numel(), x.shape());
  const DType dtype = floating(promote(x.dtype(), target.dtype()));
  const bool reduced = reduction != Reduction::none;
  const double factor = reduction == Reduction::mean ? 1 / static_cast<double>(x.numel()) : 1;
  Tensor y;
  if (internal::own_kernels()) {
    y = fused_value(loss, internal::as_contiguous(loss.name, x, dtype),
                    internal::as_contiguous(loss.name, target, dtype), p, reduced, factor);
  } else {
    const NoGrad values_only;
    y = loss.value(x.to(dtype), target.to(dtype), p);
    if (reduced) y = mul(sum(y), factor);
  }
  return record({loss.name, {{"reduction", internal::name(reduction)}}}, std::move(y),
                wrt(x,
                    [&loss, x = Saved(x), z = Saved(target), p, factor](const Tensor& g) {
                      if (!internal::composed()) return fused_slope(loss, g, x, z, p, factor);
                      return mul(mul(g, factor), loss.slope(x, z, p));
                    }),
                wrt(target, [&loss, x = Saved(x), z = Saved(target), p, factor](const Tensor& g) {
                  return mul(mul(g, factor), loss.target_slope(x, z, p));
                }));
}

// --- the formulas: p is delta for huber, unused by the others
// ---------------------------------------

struct Squared {
  static constexpr const char* name = "mse_loss";
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
  static constexpr const char* name = "l1_loss";
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
  static constexpr const char* name = "huber_loss";
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

struct Probabilities {
  static constexpr const char* name = "binary_cross_entropy";
  template <class T>
  static void fused_value(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    constexpr T least = static_cast<T>(least_logarithm);
    alignas(64) T other[tile];
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
    return sub(mul(z, target_slope(x, z, p)), clamp_min(log1p(neg(x)), least_logarithm));
  }
  static Tensor slope(const Tensor& x, const Tensor& z, double) {
    return div(sub(x, z), clamp_min(mul(sub(1, x), x), least_variance));
  }
  static Tensor target_slope(const Tensor& x, const Tensor&, double) {
    return sub(clamp_min(log1p(neg(x)), least_logarithm), clamp_min(log(x), least_logarithm));
  }
};

struct Logits {
  static constexpr const char* name = "binary_cross_entropy_with_logits";
  template <class T>
  static void fused_value(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    table.of(Activation::log_sigmoid)(n, x, T(0), T(0), out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = (1 - z[i]) * x[i] - out[i];
  }
  template <class T>
  static void fused_slope(const KernelsOf<T>& table, std::int64_t n, const T* x, const T* z, T,
                          T* out) {
    table.of(internal::Unary::sigmoid)(n, x, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] -= z[i];
  }
  static Tensor value(const Tensor& x, const Tensor& z, double) {
    return sub(relu(x), add(mul(x, z), neg(log1p(exp(neg(abs(x)))))));
  }
  static Tensor slope(const Tensor& x, const Tensor& z, double) { return sub(sigmoid(x), z); }
  static Tensor target_slope(const Tensor& x, const Tensor&, double) { return neg(x); }
};

template <class F>
constexpr Loss loss{F::name,
                    {F::template fused_value<float>, F::template fused_value<double>},
                    {F::template fused_slope<float>, F::template fused_slope<double>},
                    F::value,
                    F::slope,
                    F::target_slope};

// Elementwise losses times a weight, reduced.
Tensor weighted(const char* name, const Tensor& losses, const Tensor& weight, Reduction reduction) {
  if (!weight.defined()) return internal::reduce(losses, reduction);
  if (broadcast_shapes(name, losses.shape(), weight.shape()) != losses.shape()) {
    fail(ErrorKind::shape, name, "a weight of shape {} does not broadcast to the losses {}",
         weight.shape(), losses.shape());
  }
  return internal::reduce(mul(losses, weight), reduction);
}

void check_probabilities(const Tensor& x) {
  const Tensor in = internal::as_contiguous("binary_cross_entropy", x, floating(x.dtype()));
  internal::visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const p = data<T>(in);
    for (std::int64_t i = 0; i < in.numel(); ++i) {
      if (p[i] >= 0 && p[i] <= 1) continue;
      fail(ErrorKind::value, "binary_cross_entropy",
           "element {} of x of shape {} is {}, no probability: apply sigmoid, or pass logits to "
           "binary_cross_entropy_with_logits",
           i, x.shape(), p[i]);
    }
  });
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return elementwise_loss(loss<Squared>, x, target, 0, options.reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, const LossOptions& options) {
  return elementwise_loss(loss<Absolute>, x, target, 0, options.reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberOptions& options) {
  if (!(options.delta > 0)) {
    fail(ErrorKind::value, "huber_loss", "delta is {}: it must be above 0", options.delta);
  }
  return elementwise_loss(loss<Huber>, x, target, options.delta, options.reduction);
}

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                            const BinaryCrossEntropyOptions& options) {
  const Loss& bce = loss<Probabilities>;
  check_operands(bce.name, x, target);
  check_probabilities(x);
  if (!options.weight.defined()) return elementwise_loss(bce, x, target, 0, options.reduction);
  return weighted(bce.name, elementwise_loss(bce, x, target, 0, Reduction::none), options.weight,
                  options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options) {
  const Loss& bce = loss<Logits>;
  if (!options.weight.defined() && !options.pos_weight.defined()) {
    return elementwise_loss(bce, x, target, 0, options.reduction);
  }
  check_operands(bce.name, x, target);
  Tensor losses;
  if (options.pos_weight.defined()) {
    // (1 - z) x + (1 + (pos_weight - 1) z) log(1 + e^-x)
    const Tensor factor = add(mul(sub(options.pos_weight, 1), target), 1);
    losses = sub(mul(sub(1, target), x), mul(factor, log_sigmoid(x)));
  } else {
    losses = elementwise_loss(bce, x, target, 0, Reduction::none);
  }
  return weighted(bce.name, losses, options.weight, options.reduction);
}

}  // namespace attune
