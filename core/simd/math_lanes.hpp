// Functions of batches by other means than their own arithmetic: one lane at a time, or f32 in
// double.
#pragma once

#include <utility>

#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

template <class T, class F, class... Others>
__attribute__((noinline)) Batch<T> each_lane(F f, const Batch<T>& x, const Others&... others) {
  alignas(64) T lane[1 + sizeof...(Others)][lanes<T>];
  int operand = 0;
  x.store_aligned(lane[operand]);
  (others.store_aligned(lane[++operand]), ...);
  for (int i = 0; i < lanes<T>; ++i) {
    if constexpr (sizeof...(Others) == 0)
      lane[0][i] = f(lane[0][i]);
    else
      lane[0][i] = f(lane[0][i], lane[1][i]);
  }
  return Batch<T>::load_aligned(lane[0]);
}

template <class T, int count>
using Vector __attribute__((vector_size(count * sizeof(T)))) = T;

// The lower or the upper half of the lanes, as doubles.
template <int first, int... i>
ATTUNE_INLINE Batch<double> half_in_double(const Batch<float>& x,
                                           std::integer_sequence<int, i...>) {
  const auto all = __builtin_bit_cast(Vector<float, lanes<float>>, x);
  const auto half = __builtin_shufflevector(all, all, (first + i)...);
  return __builtin_bit_cast(Batch<double>,
                            __builtin_convertvector(half, Vector<double, lanes<double>>));
}

template <int... i>
ATTUNE_INLINE Batch<float> in_single(const Batch<double>& low, const Batch<double>& high,
                                     std::integer_sequence<int, i...>) {
  using Half = Vector<float, lanes<double>>;
  const auto narrow = [](const Batch<double>& x) {
    return __builtin_convertvector(__builtin_bit_cast(Vector<double, lanes<double>>, x), Half);
  };
  return __builtin_bit_cast(Batch<float>, __builtin_shufflevector(narrow(low), narrow(high), i...));
}

// f(x...) with every lane in double: what a polynomial loses there is below half a unit of f32.
template <class F, class... Operands>
ATTUNE_INLINE Batch<float> in_double(F f, const Operands&... x) {
  using Half = std::make_integer_sequence<int, lanes<double>>;
  const Batch<double> low = f(half_in_double<0>(x, Half())...);
  const Batch<double> high = f(half_in_double<lanes<double>>(x, Half())...);
  return in_single(low, high, std::make_integer_sequence<int, lanes<float>>());
}

}  // namespace
}  // namespace attune::internal
