// The nonlinearities of networks and their slopes, once per instruction set: value and slope of
// each stand together.
#include "core/kernels.hpp"
#include "core/simd/math_trig.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// sqrt(2 / pi), 1 / sqrt(2) and 1 / sqrt(2 pi)
template <class T>
inline constexpr T root_two_over_pi = T(0.797884560802865355879892119868763737);
template <class T>
inline constexpr T root_half = T(0.707106781186547524400844362104849039);
template <class T>
inline constexpr T inverse_root_two_pi = T(0.398942280401432677939946059934381868);

// value(x) = f(x), slope(x) = f'(x).
template <class T>
struct Base {
  using B = Batch<T>;
  Base(T p_, T q_) : p(p_), q(q_) {}
  static ATTUNE_INLINE B number(double value) { return B(static_cast<T>(value)); }
  B p, q;
};

template <class T>
struct leaky_relu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return xsimd::select(x > B(T(0)), x, this->p * x); }
  ATTUNE_INLINE B slope(const B& x) const { return xsimd::select(x > B(T(0)), B(T(1)), this->p); }
};

template <class T>
struct elu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return this->q * xsimd::select(x > B(T(0)), x, this->p * math::expm1<T>(x));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return this->q * xsimd::select(x > B(T(0)), B(T(1)), this->p * math::exp<T>(x));
  }
};

template <class T>
struct gelu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static ATTUNE_INLINE B normal_cdf(const B& x) {
    return B(T(0.5)) * (B(T(1)) + math::erf<T>(x * B(root_half<T>)));
  }
  ATTUNE_INLINE B value(const B& x) const { return x * normal_cdf(x); }
  ATTUNE_INLINE B slope(const B& x) const {
    const B density = B(inverse_root_two_pi<T>) * math::exp<T>(B(T(-0.5)) * x * x);
    return fma<T>(x, density, normal_cdf(x));
  }
};

template <class T>
struct gelu_tanh : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static constexpr T cubic = T(0.044715);
  static ATTUNE_INLINE B inner(const B& x) {
    return math::tanh<T>(B(root_two_over_pi<T>) * fma<T>(B(cubic) * x * x, x, x));
  }
  ATTUNE_INLINE B value(const B& x) const { return B(T(0.5)) * x * (B(T(1)) + inner(x)); }
  ATTUNE_INLINE B slope(const B& x) const {
    // beyond 10 the tangent is 1 exactly, and its slope times any power of x is 0
    const B near = clamp<T>(x, T(-10), T(10)), t = inner(near), one(T(1)), half(T(0.5));
    const B rate = B(root_two_over_pi<T>) * fma<T>(B(3 * cubic) * near, near, one);
    return fma<T>(half * near * (one - t * t), rate, half * (one + t));
  }
};

template <class T>
struct silu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return x * math::sigmoid<T>(x); }
  ATTUNE_INLINE B slope(const B& x) const {
    const B s = math::sigmoid<T>(x), one(T(1));
    return s * fma<T>(x, one - s, one);
  }
};

// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); from 20 on it is 1.
template <class T>
struct mish : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static ATTUNE_INLINE B ratio(const B& x, B& rest, B& e) {
    const B two(T(2));
    e = math::exp<T>(xsimd::select(x > B(T(20)), B(T(20)), x));
    const B n = e * (e + two);
    rest = B(T(1)) / (n + two);
    return n * rest;
  }
  ATTUNE_INLINE B value(const B& x) const {
    B rest, e;
    return x * ratio(x, rest, e);
  }
  ATTUNE_INLINE B slope(const B& x) const {
    B rest, e;
    const B t = ratio(x, rest, e), near = xsimd::select(x > B(T(20)), B(T(20)), x);
    return fma<T>(near * (B(T(4)) * e), (e + B(T(1))) * rest * rest, t);
  }
};

template <class T>
struct softplus : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    const B z = this->p * x;
    const B tail = math::log1p<T>(math::exp<T>(math::neg<T>(math::abs<T>(z))));
    return xsimd::select(z > this->q, x, (math::relu<T>(z) + tail) / this->p);
  }
  ATTUNE_INLINE B slope(const B& x) const {
    const B z = this->p * x;
    return xsimd::select(z > this->q, B(T(1)), math::sigmoid<T>(z));
  }
};

template <class T>
struct softsign : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return x / (B(T(1)) + math::abs<T>(x)); }
  ATTUNE_INLINE B slope(const B& x) const {
    const B inverse = B(T(1)) / (B(T(1)) + math::abs<T>(x));
    return inverse * inverse;
  }
};

// Comparisons that NaN fails keep it.
template <class T>
struct hardtanh : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return xsimd::select(x < this->p, this->p, xsimd::select(x > this->q, this->q, x));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return xsimd::select((x > this->p) & (x < this->q), B(T(1)), B(T(0)));
  }
};

template <class T>
struct hardsigmoid : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return clamp<T>(x + B(T(3)), T(0), T(6)) * B(T(1) / T(6));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return xsimd::select((x > B(T(-3))) & (x < B(T(3))), B(T(1) / T(6)), B(T(0)));
  }
};

template <class T>
struct hardswish : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return x * (clamp<T>(x + B(T(3)), T(0), T(6)) * B(T(1) / T(6)));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    const B inside = fma<T>(x, B(T(1) / T(3)), B(T(0.5)));
    return xsimd::select(x > B(T(-3)), xsimd::select(x < B(T(3)), inside, B(T(1))), B(T(0)));
  }
};

template <class T>
struct log_sigmoid : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    const B tail = math::log1p<T>(math::exp<T>(math::neg<T>(math::abs<T>(x))));
    return math::neg<T>(math::relu<T>(math::neg<T>(x)) + tail);
  }
  ATTUNE_INLINE B slope(const B& x) const { return math::sigmoid<T>(math::neg<T>(x)); }
};

// One copy of the arithmetic for whole batches and the padded one: the functions are long.
template <class T, class F>
ATTUNE_INLINE void each(std::int64_t n, const T* g, const T* x, T* y, F f) {
  for (std::int64_t i = 0; i < n; i += lanes<T>) {
    const std::int64_t count = n - i;
    const auto load = [&](const T* from) {
      return count >= lanes<T> ? Batch<T>::load_unaligned(from + i)
                               : load_part<T>(from + i, count, T(1));
    };
    const Batch<T> result = f(load(g), load(x));
    if (count >= lanes<T>)
      result.store_unaligned(y + i);
    else
      store_part<T>(result, y + i, count);
  }
}

template <class T>
void fill(KernelsOf<T>& table) {
#define ATTUNE_FILL(name)                                                                          \
  table.activation[static_cast<int>(Activation::name)] = [](std::int64_t n, const T* x, T p, T q,  \
                                                            T* y) {                                \
    const name<T> f(p, q);                                                                         \
    each<T>(n, x, x, y, [&f](const Batch<T>&, const Batch<T>& v) { return f.value(v); });          \
  };                                                                                               \
  table.activation_backward[static_cast<int>(Activation::name)] = [](std::int64_t n, const T* g,   \
                                                                     const T* x, T p, T q, T* y) { \
    const name<T> f(p, q);                                                                         \
    each<T>(n, g, x, y, [&f](const Batch<T>& u, const Batch<T>& v) { return u * f.slope(v); });    \
  };
  ATTUNE_ACTIVATION_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
