// Convolution of one plane by a small square, as it lies: a batch of the source is read once for
// each column of the square and serves all the rows of results that see it, whose sums stay in
// registers. What lies outside of the plane is zeros that no mask reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/conv_kernels.hpp"
#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

// The lanes of a batch that are positions of [0, end), where lane 0 is position `first`.
template <class T>
class Between {
 public:
#if defined(__AVX512BW__)
  using Mask = std::conditional_t<lanes<T> == 16, __mmask16, __mmask8>;
  Between(std::int64_t first, std::int64_t end)
      : mask_(static_cast<Mask>(lanes_before(end - first) & ~lanes_before(-first))) {}
  ATTUNE_INLINE Batch<T> load(const T* x) const {
    if constexpr (sizeof(T) == 4)
      return _mm512_maskz_loadu_ps(mask_, x);
    else
      return _mm512_maskz_loadu_pd(mask_, x);
  }

 private:
  static unsigned lanes_before(std::int64_t n) {
    return (1u << std::clamp<std::int64_t>(n, 0, lanes<T>)) - 1;
  }
  Mask mask_;
#elif defined(__AVX2__)
  Between(std::int64_t first, std::int64_t end)
      : mask_(_mm256_andnot_si256(lanes_before(-first), lanes_before(end - first))) {}
  ATTUNE_INLINE Batch<T> load(const T* x) const {
    return __builtin_bit_cast(Register<T>,
                              _mm256_maskload_epi32(reinterpret_cast<const int*>(x), mask_));
  }

 private:
  static __m256i lanes_before(std::int64_t n) {
    return first_lanes<T>(n <= 0 ? 0 : n >= lanes<T> ? lanes<T> : n);
  }
  __m256i mask_;
#endif
};

#if defined(__AVX512BW__) || defined(__AVX2__)

// What a row of the source adds to the sums of the rows that see it. sum[0] is of the first of
// these, which this row ends; weights are those of the square, row by row.
template <class T, int side, int width, class Load>
ATTUNE_INLINE void add_row(const Batch<T> (&weight)[side][side], Load load,
                           Batch<T> (&sum)[side][width]) {
#pragma GCC unroll 2
  for (int j = 0; j < width; ++j)
#pragma GCC unroll 5
    for (int tap = 0; tap < side; ++tap) {
      const Batch<T> value = load(j, tap);
#pragma GCC unroll 5
      for (int i = 0; i < side; ++i)
        sum[i][j] = fma<T>(weight[side - 1 - i][tap], value, sum[i][j]);
    }
}

template <class T, int side, int width>
struct StencilMasks {
  Between<T> at[width * side];
};

// The masks of each tap's batches, where result `column` sees position `first` by its first tap.
template <class T, int side, int width, int... i>
StencilMasks<T, side, width> stencil_masks(std::int64_t first, std::int64_t end,
                                           std::integer_sequence<int, i...>) {
  return {{Between<T>(first + i / side * lanes<T> + i % side, end)...}};
}

// `width` batches of columns from `column` on, in all rows.
template <class T, int side, int width>
void stencil_columns(const ConvStencil<T>& p, std::int64_t column) {
  const std::int64_t first = column - p.before, x_row = p.width, y_row = p.columns;
  const auto masks = stencil_masks<T, side, width>(first, p.width,
                                                   std::make_integer_sequence<int, width * side>());
  Batch<T> weight[side][side], sum[side][width];
#pragma GCC unroll 5
  for (int i = 0; i < side; ++i) {
#pragma GCC unroll 5
    for (int j = 0; j < side; ++j) weight[i][j] = Batch<T>(p.w[i * side + j]);
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) sum[i][j] = Batch<T>(T(0));
  }
  const Batch<T> start(p.start);
  const std::int64_t rest =
      std::min<std::int64_t>(p.columns - column - (width - 1) * lanes<T>, lanes<T>);
  const std::int64_t from = p.above, to = p.above + p.height, end = p.rows + side - 1;
  // No pointer to a row outside of the plane.
  const T* x = p.x + std::clamp<std::int64_t>(-from, 0, p.height) * x_row;
  T* y = p.y + column;
  std::int64_t row = 0;
  const auto add = [&](auto load) ATTUNE_INLINE_LAMBDA {
    add_row<T, side, width>(weight, load, sum);
    // Sums that have not seen all their rows are overwritten.
#pragma GCC unroll 2
    for (int j = 0; j < width; ++j) {
      const Batch<T> result = sum[0][j] + start;
      if (j + 1 < width || rest == lanes<T>)
        result.store_unaligned(y + j * lanes<T>);
      else
        store_part<T>(result, y + j * lanes<T>, rest);
    }
    if (row >= side - 1) y += y_row;
    ++row;
#pragma GCC unroll 5
    for (int i = 0; i < side; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < width; ++j) sum[i][j] = i + 1 < side ? sum[i + 1][j] : Batch<T>(T(0));
  };
  // Of a row outside of the plane: a weight that is not finite makes these NaN.
  const auto zeros = [](int, int) ATTUNE_INLINE_LAMBDA { return Batch<T>(T(0)); };
  while (row < end && row < from) add(zeros);
  while (row < end && row < to) {
    add([&](int j, int tap) ATTUNE_INLINE_LAMBDA {
      return masks.at[j * side + tap].load(x + (first + j * lanes<T> + tap));
    });
    x += x_row;
  }
  while (row < end) add(zeros);
}

// Two batches at once: of one the sums would wait for themselves.
template <class T, int side>
void stencil_of(const ConvStencil<T>& p) {
  std::int64_t column = 0;
  for (; p.columns - column > lanes<T>; column += 2 * lanes<T>)
    stencil_columns<T, side, 2>(p, column);
  if (column < p.columns) stencil_columns<T, side, 1>(p, column);
}

template <class T>
void conv_stencil(const ConvStencil<T>& p) {
  (p.side == 3 ? stencil_of<T, 3> : stencil_of<T, 5>)(p);
}

template <class T>
constexpr auto stencil = conv_stencil<T>;
#else
template <class T>
constexpr void (*stencil)(const ConvStencil<T>&) = nullptr;
#endif

}  // namespace
}  // namespace attune::internal
