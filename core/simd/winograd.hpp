// The convolution by tiles: its products, its forms, and its table of kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/winograd_doubling.hpp"
#include "core/simd/winograd_gradient.hpp"
#include "core/simd/winograd_halving.hpp"
#include "core/simd/winograd_plain.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

template <class T, int results>
void winograd_tile(const WinogradProduct<T>& p, const T* x, T* y) {
  constexpr int n = lanes<T>;
  Batch<T> sum[results][2];
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r) sum[r][0] = sum[r][1] = Batch<T>(T(0));
  const T* w = p.w;
  const std::int64_t x_step = p.x_step;
  const auto add = [&](const T* from) ATTUNE_INLINE_LAMBDA {
    const Batch<T> low = Batch<T>::load_aligned(from), high = Batch<T>::load_aligned(from + n);
#pragma GCC unroll 16
    for (int r = 0; r < results; ++r) {
      const Batch<T> weight(w[r]);
      sum[r][0] = fma<T>(weight, low, sum[r][0]);
      sum[r][1] = fma<T>(weight, high, sum[r][1]);
    }
    w += results;
  };
  std::int64_t channels = p.channels;
  for (; channels >= winograd_channels; channels -= winograd_channels, x += p.x_block)
#pragma GCC unroll 4
    for (int i = 0; i < winograd_channels; ++i) add(x + i * x_step);
  for (; channels > 0; --channels, x += x_step) add(x);
  const std::int64_t y_row = p.positions;
  if (p.add) {
    const T* from = y;
#pragma GCC unroll 16
    for (int r = 0; r < results; ++r, from += y_row) {
      sum[r][0] += Batch<T>::load_aligned(from);
      sum[r][1] += Batch<T>::load_aligned(from + n);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < results; ++r, y += y_row) {
    sum[r][0].store_aligned(y);
    sum[r][1].store_aligned(y + n);
  }
}

template <class T, int results>
void winograd_tiles(const WinogradProduct<T>& p) {
  for (std::int64_t at = 0; at < p.positions; at += panel<T>)
    winograd_tile<T, results>(p, p.x + at, p.y + at);
}

template <class T, int... i>
void pick_winograd_tiles(const WinogradProduct<T>& p, std::integer_sequence<int, i...>) {
  static constexpr void (*functions[])(const WinogradProduct<T>&) = {winograd_tiles<T, i + 1>...};
  functions[p.results - 1](p);
}

template <class T>
void winograd_product(const WinogradProduct<T>& p) {
  pick_winograd_tiles(p, std::make_integer_sequence<int, tile_rows<2>>());
}

// `squares` makes places of the weights of a batch of results.
template <class T, auto squares>
void winograd_weights(const WinogradWeights<T>& p) {
  // Weights of some channels with results side by side stay in the first-level cache.
  constexpr std::int64_t together = 16;
  alignas(64) T turned[together * 9 * tile_rows<2> + lanes<T>] = {};
  for (std::int64_t first = 0; first < p.channels; first += together) {
    const std::int64_t channels = std::min(together, p.channels - first);
    const T* const from = p.w + first * p.w_channel;
    if (p.w_channel == 9)
      pack_rows<T>(9 * channels, p.results, from, p.w_result, turned);
    else
      for (std::int64_t c = 0; c < channels; ++c)
        pack_rows<T>(9, p.results, from + c * p.w_channel, p.w_result, turned + 9 * c * p.results);
    const T* w[9];
    for (int tap = 0; tap < 9; ++tap) w[tap] = turned + p.taps[tap] * p.results;
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t r = 0; r < p.results; r += lanes<T>)
        squares(w, 9 * c * p.results + r, p.results - r, p.y + (first + c) * p.results + r,
                p.y_step);
  }
}

// The terms of both axes, those for a place of the results together, of the terms of one axis.
template <std::size_t n>
constexpr std::array<WinogradTerm, n * n> both_axes(const WinogradTerm (&axis)[n], int sources,
                                                    int weights, int results) {
  std::array<WinogradTerm, n * n> terms{};
  std::size_t count = 0;
  for (int place = 0; place < results * results; ++place) {
    bool first = true;
    for (const WinogradTerm& down : axis) {
      for (const WinogradTerm& across : axis) {
        if (down.result * results + across.result != place) continue;
        terms[count++] = {down.source * sources + across.source,
                          down.weight * weights + across.weight, place, first};
        first = false;
      }
    }
  }
  return terms;
}

inline constexpr WinogradTerm plain_axis[] = {
    {0, 0, 0, true}, {1, 1, 1, true}, {2, 2, 2, true}, {3, 3, 3, true}};
inline constexpr auto plain_terms = both_axes(plain_axis, 4, 4, 4);
inline constexpr WinogradTerm halving_axis[] = {
    {0, 0, 0, true}, {3, 3, 0, false}, {1, 1, 1, true}, {2, 2, 2, true}, {4, 3, 2, false}};
inline constexpr auto halving_terms = both_axes(halving_axis, 5, 4, 3);
inline constexpr WinogradTerm doubling_axis[] = {
    {0, 2, 0, true}, {1, 1, 1, true}, {2, 0, 2, true}, {3, 3, 3, true}, {1, 3, 4, true}};
inline constexpr auto doubling_terms = both_axes(doubling_axis, 4, 4, 5);

template <class T>
constexpr WinogradKernels<T> winograd_kernels{
    .panel = panel<T>,
    .most_results = tile_rows<2>,
    .plain = {.sources = 16,
              .weight_places = 16,
              .result_places = 16,
              .work_rows = 8,
              .terms = plain_terms.data(),
              .n_terms = plain_terms.size(),
              .weights = winograd_weights<T, plain_squares<T>>,
              .source = plain_source<T>,
              .results = plain_results<T>},
    .halving = {.sources = 25,
                .weight_places = 16,
                .result_places = 9,
                .work_rows = 20,
                .terms = halving_terms.data(),
                .n_terms = halving_terms.size(),
                .weights = winograd_weights<T, halving_squares<T>>,
                .source = halving_source<T>,
                .results = halving_results<T>},
    .doubling = {.sources = 16,
                 .weight_places = 16,
                 .result_places = 25,
                 .work_rows = 8,
                 .terms = doubling_terms.data(),
                 .n_terms = doubling_terms.size(),
                 .weights = winograd_weights<T, halving_squares<T>>,
                 .source = doubling_source<T>,
                 .results = doubling_results<T>},
    .product = winograd_product<T>,
    .slopes = winograd_slopes<T>,
    .gradient = winograd_gradient<T>};

}  // namespace
}  // namespace attune::internal
