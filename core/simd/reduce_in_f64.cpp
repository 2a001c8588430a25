// Sums in f64 of a run of either type, once per instruction set.
#include <cstring>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

constexpr int ways = 16, width = lanes<double>;
typedef double Wide __attribute__((vector_size(width * sizeof(double))));

// Adds term(x[i]) to running value i % 16, but for what is left at the end: where that begins.
template <class T, class Term>
ATTUNE_INLINE std::int64_t add_sixteens(std::int64_t n, const T* x, Wide* sums, const Term& term) {
  typedef T Narrow __attribute__((vector_size(width * sizeof(T))));
  std::int64_t i = 0;
  for (; i + ways <= n; i += ways) {
#pragma GCC unroll 8
    for (int k = 0; k < ways / width; ++k) {
      Narrow part;
      std::memcpy(&part, x + i + k * width, sizeof part);
      sums[k] += term(__builtin_convertvector(part, Wide));
    }
  }
  return i;
}

template <class T>
double sum_of_squares_in_f64(std::int64_t n, const T* x) {
  Wide sums[ways / width] = {};
  std::int64_t i = add_sixteens(n, x, sums, [](const Wide& v) { return v * v; });
  for (; i < n; ++i) sums[0][0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double total = 0;
  for (int way = 0; way < ways; ++way) total += sums[way / width][way % width];
  return total;
}

double sum_in_f64(std::int64_t n, const double* x) {
  return fold<Sum, double>(n, x, 0, 0, [](auto sum, auto value) { return sum + value; });
}

// Lanes [first, first + count of i) of a batch, in f64.
template <int first, class Both, int... i>
ATTUNE_INLINE Wide widened(const Both& value, std::integer_sequence<int, i...>) {
  return __builtin_convertvector(__builtin_shufflevector(value, value, (first + i)...), Wide);
}

// (16 x 21 planes of 64 x 64 on Zen 5: 408 us by a plain loop, 90 so; sums in f32 45.)
double sum_in_f64(std::int64_t n, const float* x) {
  typedef float Both __attribute__((vector_size(2 * width * sizeof(float))));
  Wide sums[ways / width] = {};
  const std::int64_t i = add_sixteens(n, x, sums, [](const Wide& v) { return v; });
#pragma GCC unroll 4
  for (int k = 0; k < ways / width; k += 2) {
    const std::int64_t from = i + k * width, left = n - from;
    if (left <= 0) break;
    const Batch<float> part = left >= lanes<float> ? Batch<float>::load_unaligned(x + from)
                                                   : load_part<float>(x + from, left, 0);
    const auto value = __builtin_bit_cast(Both, part);
    const std::make_integer_sequence<int, width> half;
    sums[k] += widened<0>(value, half);
    sums[k + 1] += widened<width>(value, half);
  }
#pragma GCC unroll 4
  for (int half = ways / width / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) sums[k] += sums[half + k];
  return join_halves<Sum, double, width>(sums[0], std::make_integer_sequence<int, width / 2>());
}

template <class T>
void fill(KernelsOf<T>& table) {
  table.sum_of_squares_in_f64 = sum_of_squares_in_f64<T>;
  table.sum_in_f64 = sum_in_f64;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
