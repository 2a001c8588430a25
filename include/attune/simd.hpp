// xsimd as attune uses it. On arm64 its division and square root of floats are estimates that are
// refined twice (8.1: 1 / 1e-45 is -inf, the root of infinity NaN): here they are the processor's.
//
// Layer: core.
#pragma once

#include <xsimd/xsimd.hpp>

#if defined(__aarch64__)
namespace xsimd {

template <>
inline batch<float, neon64>& batch<float, neon64>::operator/=(const batch& other) noexcept {
  return *this = batch(vdivq_f32(*this, other));
}

template <>
inline batch<float, neon64> sqrt<float, neon64>(const batch<float, neon64>& x) noexcept {
  return vsqrtq_f32(x);
}

}  // namespace xsimd
#endif
