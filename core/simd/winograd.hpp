// The convolution by tiles: its products, its forms, and its table of kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/winograd_forms.hpp"
#include "core/simd/winograd_gradient.hpp"
#include "core/simd/winograd_walks.hpp"
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

template <class T, class Form>
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
        winograd_square<T, Form>(w, 9 * c * p.results + r, p.results - r,
                                 p.y + (first + c) * p.results + r, p.y_step);
  }
}

// The terms of both axes, those for a place of the results together, of the terms of one axis.
template <class Form>
inline constexpr auto both_axes = [] {
  constexpr std::size_t n = std::size(Form::terms);
  std::array<WinogradTerm, n * n> terms{};
  std::size_t count = 0;
  for (int place = 0; place < Form::products * Form::products; ++place) {
    bool first = true;
    for (const WinogradTerm& down : Form::terms) {
      for (const WinogradTerm& across : Form::terms) {
        if (down.result * Form::products + across.result != place) continue;
        terms[count++] = {down.source * Form::sources + across.source,
                          down.weight * 4 + across.weight, place, first};
        first = false;
      }
    }
  }
  return terms;
}();

template <class T, class Form>
constexpr WinogradForm<T> winograd_form = [] {
  WinogradForm<T> form{.sources = Form::sources * Form::sources,
                       .result_places = Form::products * Form::products,
                       .work_rows = (Form::seen > Form::in_turn ? 4 : 2) * Form::sources,
                       .terms = both_axes<Form>.data(),
                       .n_terms = both_axes<Form>.size(),
                       .weights = winograd_weights<T, Form>,
                       .source = winograd_source<T, Form>,
                       .results = winograd_results<T, Form>,
                       .slopes = nullptr,
                       .gradient = nullptr};
  if constexpr (Form::results == 2) {
    form.slopes = winograd_slopes<T, Form>;
    form.gradient = winograd_gradient<T, Form>;
  }
  return form;
}();

template <class T>
constexpr WinogradKernels<T> winograd_kernels{.panel = panel<T>,
                                              .most_results = tile_rows<2>,
                                              .plain = winograd_form<T, Plain>,
                                              .halving = winograd_form<T, Halving>,
                                              .doubling = winograd_form<T, Doubling>,
                                              .product = winograd_product<T>};

}  // namespace
}  // namespace attune::internal
