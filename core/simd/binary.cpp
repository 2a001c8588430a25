// The elementwise kernels of two operands, once per instruction set.
#include "core/kernels.hpp"
#include "core/simd/math_wide.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

namespace math {

template <class T>
ATTUNE_INLINE Batch<T> add(const Batch<T>& a, const Batch<T>& b) {
  return a + b;
}
template <class T>
ATTUNE_INLINE Batch<T> sub(const Batch<T>& a, const Batch<T>& b) {
  return a - b;
}
template <class T>
ATTUNE_INLINE Batch<T> mul(const Batch<T>& a, const Batch<T>& b) {
  return a * b;
}
template <class T>
ATTUNE_INLINE Batch<T> div(const Batch<T>& a, const Batch<T>& b) {
  return a / b;
}
template <class T>
ATTUNE_INLINE Batch<T> relu_backward(const Batch<T>& gradient, const Batch<T>& y) {
  const Batch<T> zero(T(0));
  return xsimd::select(y > zero, gradient, zero);
}
template <class T>
ATTUNE_INLINE Batch<T> tanh_backward(const Batch<T>& gradient, const Batch<T>& y) {
  return gradient * (Batch<T>(T(1)) - y * y);
}
template <class T>
ATTUNE_INLINE Batch<T> sigmoid_backward(const Batch<T>& gradient, const Batch<T>& y) {
  return gradient * (y * (Batch<T>(T(1)) - y));
}

}  // namespace math

// For functions that are long: one copy of the arithmetic, as in map.
template <class T, class F>
void strided_once(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y,
                  F f) {
  for (std::int64_t i = 0; i < n; i += lanes<T>) {
    const auto load = [=](const T* x, std::int64_t stride) {
      return stride == 0 ? Batch<T>(*x) : load_up_to<T>(x + i, n - i);
    };
    store_up_to<T>(f(load(a, sa), load(b, sb)), y + i, n - i);
  }
}

template <class T, class F>
void strided(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y, F f) {
  if (sa && sb) return map2<T, true, true>(n, a, b, y, f);
  if (sa) return map2<T, true, false>(n, a, b, y, f);
  if (sb) return map2<T, false, true>(n, a, b, y, f);
  map2<T, false, false>(n, a, b, y, f);
}

// The bounds come first: x86's max and min give their second operand where one is NaN.
template <class T>
void clip_and_decay(std::int64_t n, T scale, T bound, T decay, const T* g, const T* p, T* y) {
  const Batch<T> factor(scale), low(-bound), high(bound), rate(decay);
  const auto clip = [=](const Batch<T>& v) {
    return xsimd::min(high, xsimd::max(low, factor * v));
  };
  if (decay == 0) return map<T>(n, g, y, clip);
  map2<T, true, true>(n, g, p, y,
                      [=](const Batch<T>& u, const Batch<T>& v) { return clip(u) + rate * v; });
}

template <class T>
void fill(KernelsOf<T>& table) {
#define ATTUNE_FILL(name)                                                                        \
  table.binary[static_cast<int>(Binary::name)] = [](std::int64_t n, const T* a, std::int64_t sa, \
                                                    const T* b, std::int64_t sb, T* y) {         \
    constexpr bool is_long = Binary::name == Binary::pow || Binary::name == Binary::atan2 ||     \
                             Binary::name == Binary::hypot;                                      \
    const auto f = [](const Batch<T>& u, const Batch<T>& v) { return math::name<T>(u, v); };     \
    if constexpr (is_long)                                                                       \
      strided_once<T>(n, a, sa, b, sb, y, f);                                                    \
    else                                                                                         \
      strided<T>(n, a, sa, b, sb, y, f);                                                         \
  };
  ATTUNE_BINARY_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
  table.accumulate = [](std::int64_t n, const T* x, T* y) {
    map2<T, true, true>(n, x, y, y, [](const Batch<T>& u, const Batch<T>& v) { return v + u; });
  };
  table.clip_and_decay = clip_and_decay<T>;
  table.axpy = [](std::int64_t n, T alpha, const T* x, T* y) {
    const Batch<T> factor(alpha);
    map2<T, true, true>(n, x, y, y, [factor](const Batch<T>& u, const Batch<T>& v) {
      return fma<T>(factor, u, v);
    });
  };
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
