// Windows of 2 x 2 side by side: the largest entry and its place, and what comes back to it, once
// per instruction set.
#include "core/kernels.hpp"
#include "core/simd/part.hpp"

namespace attune::internal {
namespace {

template <class T>
struct Pairs {
  static constexpr int n = lanes<T>;
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef T Values __attribute__((vector_size(n * sizeof(T))));
  typedef Place Places __attribute__((vector_size(n * sizeof(T))));

  // Positions of the first entries of n windows, counted from that of the first window.
  template <int... i>
  static ATTUNE_INLINE Places steps(std::integer_sequence<int, i...>) {
    return Places{2 * i...};
  }
  // The entries of two batches with even numbers, or with odd ones.
  template <int odd, int... i>
  static ATTUNE_INLINE Values pick(const Values& a, const Values& b,
                                   std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (2 * i + odd)...);
  }
  // a[0], b[0], a[1], ... of the lower half, or of the upper one.
  template <int upper, int... i>
  static ATTUNE_INLINE Values mix(const Values& a, const Values& b,
                                  std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (upper * n / 2 + i / 2 + i % 2 * n)...);
  }

  // `count` elements, up to n of them; 0 and less are none.
  static ATTUNE_INLINE Values load(const T* x, std::int64_t count) {
    if (count <= 0) return Values{};
    return __builtin_bit_cast(
        Values, count >= n ? Batch<T>::load_unaligned(x) : load_part<T>(x, count, T(0)));
  }
  static ATTUNE_INLINE void store(const Values& values, T* y, std::int64_t count) {
    if (count <= 0) return;
    const auto batch = __builtin_bit_cast(Register<T>, values);
    if (count >= n)
      Batch<T>(batch).store_unaligned(y);
    else
      store_part<T>(batch, y, count);
  }
  static ATTUNE_INLINE Places load_index(const std::int32_t* x, std::int64_t count) {
    if constexpr (sizeof(T) == 4) {
      return __builtin_bit_cast(Places, load(reinterpret_cast<const T*>(x), count));
    } else {
      Places places{};
      for (std::int64_t i = 0; i < n && i < count; ++i) places[i] = x[i];
      return places;
    }
  }
  static ATTUNE_INLINE void store_index(const Places& places, std::int32_t* y, std::int64_t count) {
    if constexpr (sizeof(T) == 4)
      store(__builtin_bit_cast(Values, places), reinterpret_cast<T*>(y), count);
    else
      for (std::int64_t i = 0; i < n && i < count; ++i) y[i] = static_cast<std::int32_t>(places[i]);
  }
};

template <class T>
void max_pairs(std::int64_t count, const T* plane, std::int64_t first, std::int64_t width, T* y,
               std::int32_t* index) {
  using P = Pairs<T>;
  using Values = typename P::Values;
  using Places = typename P::Places;
  constexpr auto all = std::make_integer_sequence<int, P::n>();
  const Places steps = P::steps(all);
  for (std::int64_t i = 0; i < count; i += P::n) {
    const std::int64_t left = count - i;
    Values best{};
    Places chosen{};
#pragma GCC unroll 2
    for (int row = 0; row < 2; ++row) {
      const std::int64_t at = first + row * width + 2 * i;
      const Values low = P::load(plane + at, 2 * left);
      const Values high = P::load(plane + at + P::n, 2 * left - P::n);
#pragma GCC unroll 2
      for (int odd = 0; odd < 2; ++odd) {
        const Values value =
            odd ? P::template pick<1>(low, high, all) : P::template pick<0>(low, high, all);
        const Places place = steps + static_cast<typename P::Place>(at + odd);
        if (row + odd == 0) {
          best = value;
          chosen = place;
        } else {  // a NaN wins
          const Places wins = (value > best) | (value != value);
          best = wins ? value : best;
          chosen = wins ? place : chosen;
        }
      }
    }
    P::store(best, y + i, left);
    P::store_index(chosen, index + i, left);
  }
}

template <class T>
void put_pairs(std::int64_t count, const T* g, const std::int32_t* index, std::int64_t first,
               std::int64_t width, T* plane) {
  using P = Pairs<T>;
  using Values = typename P::Values;
  using Places = typename P::Places;
  constexpr auto all = std::make_integer_sequence<int, P::n>();
  const Places steps = P::steps(all);
  for (std::int64_t i = 0; i < count; i += P::n) {
    const std::int64_t left = count - i;
    const Values value = P::load(g + i, left);
    const Places chosen = P::load_index(index + i, left);
#pragma GCC unroll 2
    for (int row = 0; row < 2; ++row) {
      const std::int64_t at = first + row * width + 2 * i;
      const Places place = chosen - steps - static_cast<typename P::Place>(at);
      const Values even = place == 0 ? value : Values{}, odd = place == 1 ? value : Values{};
      P::store(P::template mix<0>(even, odd, all), plane + at, 2 * left);
      P::store(P::template mix<1>(even, odd, all), plane + at + P::n, 2 * left - P::n);
    }
  }
}

template <class T>
void fill(KernelsOf<T>& kernels) {
  kernels.max_pairs = max_pairs<T>;
  kernels.put_pairs = put_pairs<T>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
