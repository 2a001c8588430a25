// The floating-point control word of the calling thread: rounding, traps, precision, and what
// becomes of subnormal numbers. A library built with -ffast-math sets it for the whole process when
// it is loaded; a plugin may in any call.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace attune::internal {

// Of x86 both words: that of the vector registers, without the six status flags, which any
// arithmetic may raise, and above it that of the x87 unit.
inline std::uint64_t float_control() noexcept {
#if defined(__x86_64__)
  std::uint16_t x87;
  asm volatile("fnstcw %0" : "=m"(x87));
  return std::uint64_t{x87} << 32 | (_mm_getcsr() & 0xFFC0u);
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
  const auto x87 = static_cast<std::uint16_t>(word >> 32);
  asm volatile("fldcw %0" : : "m"(x87));
  _mm_setcsr((_mm_getcsr() & 0x3Fu) | static_cast<std::uint32_t>(word));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(word));
#endif
}

// While one lives, arithmetic of this thread takes subnormal numbers for 0 and makes none. With
// them each instruction that meets one takes 100 to 200 cycles.
class FlushSubnormals {
 public:
  FlushSubnormals() noexcept {
#if defined(__x86_64__)
    _mm_setcsr(before_ | 0x8040u);
#elif defined(__aarch64__)
    set_float_control(before_ | std::uint64_t{1} << 24);
#endif
  }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;
  ~FlushSubnormals() {
#if defined(__x86_64__)
    _mm_setcsr(before_);
#elif defined(__aarch64__)
    set_float_control(before_);
#endif
  }

 private:
#if defined(__x86_64__)
  std::uint32_t before_ = _mm_getcsr();
#else
  std::uint64_t before_ = float_control();
#endif
};

// Puts the control word back to what it was when this began.
class KeepFloatControl {
 public:
  KeepFloatControl() = default;
  KeepFloatControl(const KeepFloatControl&) = delete;
  KeepFloatControl& operator=(const KeepFloatControl&) = delete;
  ~KeepFloatControl() {
    if (changed()) set_float_control(before_);
  }

  bool changed() const noexcept { return float_control() != before_; }

 private:
  std::uint64_t before_ = float_control();
};

}  // namespace attune::internal
