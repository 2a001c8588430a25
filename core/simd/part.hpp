// Parts of a batch: the elements at the end of an array that do not fill one. load_part and
// store_part read and write nothing behind them. Masks where the instruction set has them: a batch
// that is put together in memory waits for the stores, 20 cycles and more.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

// count < size elements from x to y. Powers of two instead of a loop: every copy is one move, and
// the branches are the same for many rows.
template <int size, class T>
ATTUNE_INLINE void copy_part(const T* x, T* y, std::int64_t count) {
#pragma GCC unroll 6
  for (int part = size / 2; part > 0; part /= 2) {
    if ((count & part) == 0) continue;
    __builtin_memcpy(y, x, static_cast<std::size_t>(part) * sizeof(T));
    x += part;
    y += part;
  }
}

template <class T>
using Register = typename Batch<T>::register_type;

// A value that is read from memory once: for two or three uses the compiler reads it again at each,
// and what lies in two cache lines costs twice. (Zen 4, us: 3 x 10 x 801 1.68 and, held, .82;
// 2 x 271 x 379 6.3 and 4.9; 18 x 2 x 775 1.04 and .73.)
template <class T>
ATTUNE_INLINE Batch<T> held(const Batch<T>& value) {
  Register<T> in = value;
#if defined(__x86_64__)
  __asm__("" : "+v"(in));
#elif defined(__aarch64__)
  __asm__("" : "+w"(in));
#endif
  return in;
}

// The same, and what is read by `next` is read later. Left alone, the compiler takes a row's second
// half first in places, which no processor expects: the next rows are not fetched ahead. (Zen 4,
// 128 x 1000 x 1000, in parts of the peak: .72, in order .86.)
template <class T>
ATTUNE_INLINE Batch<T> held(const Batch<T>& value, const T*& next) {
  Register<T> in = value;
#if defined(__x86_64__)
  __asm__("" : "+v"(in), "+r"(next));
#elif defined(__aarch64__)
  __asm__("" : "+w"(in), "+r"(next));
#endif
  return in;
}

#if defined(__AVX2__) && !defined(__AVX512BW__)
// The first `count` of the lanes that T has in a register.
template <class T>
ATTUNE_INLINE __m256i first_lanes(std::int64_t count) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  alignas(64) static constexpr std::int32_t ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const std::int64_t words = count * static_cast<std::int64_t>(sizeof(T) / sizeof(std::int32_t));
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(ones + 8 - words));
}
#endif

#if defined(__AVX512BW__)
// Lanes of a register that a mask names, for elements of T's size; what is not read stays `others`.
template <class T>
ATTUNE_INLINE __m512i load_masked(__m512i others, __mmask16 mask, const T* x) {
  if constexpr (sizeof(T) == 4)
    return _mm512_mask_loadu_epi32(others, mask, x);
  else
    return _mm512_mask_loadu_epi64(others, static_cast<__mmask8>(mask), x);
}
template <class T>
ATTUNE_INLINE __m256i load_masked(__m256i others, __mmask16 mask, const T* x) {
  if constexpr (sizeof(T) == 4)
    return _mm256_mask_loadu_epi32(others, static_cast<__mmask8>(mask), x);
  else
    return _mm256_mask_loadu_epi64(others, static_cast<__mmask8>(mask), x);
}
template <class T>
ATTUNE_INLINE void store_masked(T* y, __mmask16 mask, __m512i bits) {
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_epi32(y, mask, bits);
  else
    _mm512_mask_storeu_epi64(y, static_cast<__mmask8>(mask), bits);
}
template <class T>
ATTUNE_INLINE void store_masked(T* y, __mmask16 mask, __m256i bits) {
  if constexpr (sizeof(T) == 4)
    _mm256_mask_storeu_epi32(y, static_cast<__mmask8>(mask), bits);
  else
    _mm256_mask_storeu_epi64(y, static_cast<__mmask8>(mask), bits);
}
#endif

#if !defined(__AVX2__)
// A register of 128 bits, lane by lane.
template <class T>
using Short __attribute__((vector_size(16))) = T;
#endif

// 1 to lanes<T> lanes from the first on, as a loop uses them many times. Where `free`, they cost no
// more than a whole batch; elsewhere a whole batch is read and written in their place.
template <class T>
class First {
 public:
#if defined(__AVX512BW__)
  static constexpr bool free = true;
  explicit First(std::int64_t count) : mask_(static_cast<Mask>((1u << count) - 1)) {}
  ATTUNE_INLINE Batch<T> load(const T* x, T pad = T(0)) const {  // the others `pad`
    const auto others = __builtin_bit_cast(Bits, static_cast<Register<T>>(Batch<T>(pad)));
    return __builtin_bit_cast(Register<T>, load_masked(others, mask_, x));
  }
  ATTUNE_INLINE void store(const Batch<T>& value, T* y) const {
    store_masked(y, mask_, __builtin_bit_cast(Bits, static_cast<Register<T>>(value)));
  }

 private:
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  using Mask = std::conditional_t<lanes<T> == 16, __mmask16, __mmask8>;
#if defined(ATTUNE_HALF_BATCHES)
  using Bits = __m256i;
#else
  using Bits = __m512i;
#endif
  Mask mask_;
#else
  static constexpr bool free = false;
  explicit First(std::int64_t) {}
  ATTUNE_INLINE Batch<T> load(const T* x) const { return Batch<T>::load_unaligned(x); }
  ATTUNE_INLINE void store(const Batch<T>& value, T* y) const { value.store_unaligned(y); }
#endif
};

// All lanes, in the place of a part.
template <class T>
struct WholeBatch {
  ATTUNE_INLINE Batch<T> load(const T* x, T = T(0)) const { return Batch<T>::load_unaligned(x); }
  ATTUNE_INLINE void store(const Batch<T>& value, T* y) const { value.store_unaligned(y); }
};

// The first `count` elements at x, 1 to lanes<T> - 1, the others `pad`.
template <class T>
ATTUNE_INLINE Batch<T> load_part(const T* x, std::int64_t count, T pad) {
#if defined(__AVX512BW__)
  return First<T>(count).load(x, pad);
#elif defined(__AVX2__)
  const __m256i mask = first_lanes<T>(count);
  const auto others = __builtin_bit_cast(__m256i, static_cast<Register<T>>(Batch<T>(pad)));
  const __m256i read = _mm256_maskload_epi32(reinterpret_cast<const int*>(x), mask);
  return __builtin_bit_cast(Register<T>, _mm256_blendv_epi8(others, read, mask));
#else
  using Lanes = Short<T>;
  auto value = __builtin_bit_cast(Lanes, static_cast<Register<T>>(Batch<T>(pad)));
  if (lanes<T> == 2 || count == 1) {
    value[0] = x[0];
  } else {
    auto halves = __builtin_bit_cast(Short<double>, value);
    double low;
    __builtin_memcpy(&low, x, sizeof low);
    halves[0] = low;
    value = __builtin_bit_cast(Lanes, halves);
    if (count == 3) value[lanes<T> - 2] = x[2];
  }
  return __builtin_bit_cast(Register<T>, value);
#endif
}

// The first `count` elements of the value, 1 to lanes<T> - 1, to y.
template <class T>
ATTUNE_INLINE void store_part(const Batch<T>& value, T* y, std::int64_t count) {
#if defined(__AVX512BW__)
  First<T>(count).store(value, y);
#elif defined(__AVX2__)
  const auto bits = __builtin_bit_cast(__m256i, static_cast<Register<T>>(value));
  _mm256_maskstore_epi32(reinterpret_cast<int*>(y), first_lanes<T>(count), bits);
#else
  const auto bits = __builtin_bit_cast(Short<T>, static_cast<Register<T>>(value));
  if (lanes<T> == 2 || count == 1) {
    y[0] = bits[0];
  } else {
    const double low = __builtin_bit_cast(Short<double>, bits)[0];
    __builtin_memcpy(y, &low, sizeof low);
    if (count == 3) y[2] = bits[lanes<T> - 2];
  }
#endif
}

}  // namespace
}  // namespace attune::internal
