// Remainders of floating numbers, once per instruction set.
#include <limits>

#include "core/kernels.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

#if defined(__FMA__) || defined(__aarch64__)

// The largest quotients that are counted: what is added to round them keeps a bit below.
template <class T>
constexpr T most = sizeof(T) == 4 ? T(0x1p22) : T(0x1p51);

template <class T>
ATTUNE_INLINE Batch<T> with_sign(const Batch<T>& x, const Batch<T>& sign) {
  return xsimd::abs(x) | xsimd::bitofsign(sign);
}

inline float libm_fmod(float a, float b) { return __builtin_fmodf(a, b); }
inline double libm_fmod(double a, double b) { return __builtin_fmod(a, b); }

// One rounded down has the sign of b, also where it is 0.
template <class T, bool floor>
T by_libm(T a, T b) {
  const T rest = libm_fmod(a, b);
  if (!floor) return rest;
  if (rest == 0) return static_cast<T>(__builtin_copysign(0.0, static_cast<double>(b)));
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

// a - n b, with n the whole number next to a / b, in one rounding: none, since it fits the type.
// Where n is not the quotient rounded towards zero, or down, the sign tells. Adding b is then exact
// towards zero; downwards it is the one rounding, as in by_libm: of -1e-20 by 1 it makes 1, as
// Python does. Quotients beyond what the type counts and what is not finite are left to libm, whose
// fmod goes bit by bit: 5 to 20 ns an element.
template <class T, bool floor>
ATTUNE_INLINE Batch<T> remainder(const Batch<T>& a, const Batch<T>& b) {
  const Batch<T> quotient = a / b, rounder(3 * most<T>), zero(T(0));
  const auto counts = (xsimd::abs(quotient) < Batch<T>(most<T>)) &
                      (xsimd::abs(b) <= Batch<T>(std::numeric_limits<T>::max()));
  if (!xsimd::all(counts)) {
    alignas(64) T left[lanes<T>], right[lanes<T>];
    a.store_aligned(left);
    b.store_aligned(right);
    for (int i = 0; i < lanes<T>; ++i) left[i] = by_libm<T, floor>(left[i], right[i]);
    return Batch<T>::load_aligned(left);
  }
  Batch<T> rest = fma<T>(zero - ((quotient + rounder) - rounder), b, a);
  const Batch<T>& like = floor ? b : a;  // whose sign the remainder has
  const auto wrong = ((rest < zero) & (like > zero)) | ((rest > zero) & (like < zero));
  rest = xsimd::select(wrong, rest + with_sign<T>(b, like), rest);
  return with_sign<T>(rest, like);
}

template <class T, bool floor>
void run(std::int64_t n, const void* x, std::int64_t sa, const void* z, std::int64_t sb, void* y) {
  if (n == 0) return;
  const T* const a = static_cast<const T*>(x);
  const T* const b = static_cast<const T*>(z);
  const auto f = [](const Batch<T>& u, const Batch<T>& v) { return remainder<T, floor>(u, v); };
  T* const to = static_cast<T*>(y);
  if (sa != 0 && sb != 0) return map2<T, true, true>(n, a, b, to, f);
  if (sa != 0) return map2<T, true, false>(n, a, b, to, f);
  if (sb != 0) return map2<T, false, true>(n, a, b, to, f);
  map2<T, false, false>(n, a, b, to, f);
}

template <class T>
void fill(TypedKernels& table, DType type) {
  const auto set = [&](Division op, RunTwo kernel) {
    table.division[static_cast<int>(op)][static_cast<int>(type)] = kernel;
  };
  set(Division::remainder, run<T, true>);
  set(Division::fmod, run<T, false>);
}

#endif

}  // namespace

// Without a fused multiply-add there is no kernel, and the general case serves.
void ATTUNE_UNIT_FUNCTION([[maybe_unused]] Kernels& kernels) {
#if defined(__FMA__) || defined(__aarch64__)
  fill<float>(kernels.typed, f32);
  fill<double>(kernels.typed, f64);
#endif
}

}  // namespace attune::internal
