// What every file of core/simd and optim/rules starts from: the name of the one function it defines
// and the xsimd architecture it is compiled for. The build compiles each file once per instruction
// set and defines ATTUNE_ISA_NAME (sse2, avx2, avx512, neon64) and ATTUNE_UNIT (the file's stem).
// Everything else in such a file, and in the headers beside this one, stands in an unnamed
// namespace: two instruction sets' versions of one weak symbol would be merged by the linker.
#pragma once

#include <attune/simd.hpp>

#if !defined(ATTUNE_ISA_NAME) || !defined(ATTUNE_UNIT)
#error "compiled once per instruction set: see cmake/kernel_units.cmake"
#endif

#define ATTUNE_PASTE_(unit, isa) unit##_##isa
#define ATTUNE_PASTE(unit, isa) ATTUNE_PASTE_(unit, isa)
// The name of this file's one external function, to be defined in attune::internal.
#define ATTUNE_UNIT_FUNCTION ATTUNE_PASTE(ATTUNE_UNIT, ATTUNE_ISA_NAME)

#define ATTUNE_INLINE inline __attribute__((always_inline))
#define ATTUNE_INLINE_LAMBDA __attribute__((always_inline))  // behind its parameters

namespace attune::internal {
namespace {

// A file that defines ATTUNE_HALF_BATCHES first has batches of half the width on AVX-512, but all
// of its masks and registers.
#if defined(__AVX512BW__) && !defined(ATTUNE_HALF_BATCHES)
using Arch = xsimd::avx512bw;
#elif defined(__AVX2__) && defined(__FMA__)
using Arch = xsimd::fma3<xsimd::avx2>;
#elif defined(__SSE2__)
using Arch = xsimd::sse2;
#elif defined(__aarch64__)
using Arch = xsimd::neon64;
#endif

template <class T>
using Batch = xsimd::batch<T, Arch>;

template <class T>
inline constexpr int lanes = static_cast<int>(Batch<T>::size);

// Whether fma and fnma round once.
#if defined(__FMA__) || defined(__aarch64__)
inline constexpr bool fused = true;
#else
inline constexpr bool fused = false;
#endif

// Asks for the line of an address that a pass over memory comes to soon. Into the second-level
// cache: in the first one a request holds a place that the processor's own fetching ahead then
// lacks. (Zen 4, 4096 x 1024 f32, ms, with no requests, in the first level, in the second:
// layer_norm 1.9, 2.5, 1.6; both ways 5.1, 7.8, 4.5; relu .82, 1.34, .83.)
ATTUNE_INLINE void fetch_soon(const void* address) { __builtin_prefetch(address, 0, 2); }

// a x + b, rounded once where the instruction set has fma. xsimd 8.1's own is a product and a sum
// on AVX-512.
template <class T>
ATTUNE_INLINE Batch<T> fma(const Batch<T>& a, const Batch<T>& x, const Batch<T>& b) {
#if defined(__AVX512F__) && !defined(ATTUNE_HALF_BATCHES)
  if constexpr (sizeof(T) == 4)
    return _mm512_fmadd_ps(a, x, b);
  else
    return _mm512_fmadd_pd(a, x, b);
#else
  return xsimd::fma(a, x, b);
#endif
}

// b - a x, likewise; xsimd 8.1's own is a product and a difference on NEON.
template <class T>
ATTUNE_INLINE Batch<T> fnma(const Batch<T>& a, const Batch<T>& x, const Batch<T>& b) {
#if defined(__AVX512F__) && !defined(ATTUNE_HALF_BATCHES)
  if constexpr (sizeof(T) == 4)
    return _mm512_fnmadd_ps(a, x, b);
  else
    return _mm512_fnmadd_pd(a, x, b);
#elif defined(__aarch64__)
  if constexpr (sizeof(T) == 4)
    return vfmsq_f32(b, a, x);
  else
    return vfmsq_f64(b, a, x);
#elif defined(__FMA__)
  return xsimd::fnma(a, x, b);
#else
  return b - a * x;
#endif
}

}  // namespace
}  // namespace attune::internal
