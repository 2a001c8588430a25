// The floating-point control word of the calling thread: rounding, traps, and what becomes of
// subnormal numbers. A library built with -ffast-math sets it for the whole process when it is
// loaded.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace attune::internal {

inline std::uint64_t float_control() noexcept {
#if defined(__x86_64__)
  return _mm_getcsr() & 0xFFC0u;  // without the six status flags, which any arithmetic may raise
#elif defined(__aarch64__)
  std::uint64_t word;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  return word;
#else
  return 0;
#endif
}

inline void set_float_control([[maybe_unused]] std::uint64_t word) noexcept {
#if defined(__x86_64__)
  _mm_setcsr((_mm_getcsr() & 0x3Fu) | static_cast<unsigned>(word));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(word));
#endif
}

}  // namespace attune::internal
