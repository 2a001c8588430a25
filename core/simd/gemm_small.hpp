// Products so small that packing, blocks and threads would cost more than the arithmetic. The sums are
// the chains over k that the blocks compute: which of the two serves changes no bit.
#pragma once

#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

constexpr std::int64_t small_k = 64, small_work = 16384;

template <class T>
bool is_small(const Gemm<T>& p) {
  return p.k <= small_k && p.m <= small_work && p.n <= small_work && p.m * p.n <= small_work &&
         p.m * p.n * p.k <= small_work;
}

template <class T>
void multiply_small(const Gemm<T>& p) {
  alignas(64) T packed[small_k * panel<T>];
  alignas(64) T bias[panel<T>];
  Tile<T> tile{};
  tile.k = p.k;
  tile.a = p.a;
  tile.a_row = p.a_row;
  tile.a_col = p.a_col;
  tile.c_row = p.c_row;
  tile.add = p.accumulate;
  const bool rows_abut = p.n <= panel<T> && p.c_row == p.n && !p.accumulate;
  for (std::int64_t j = 0; j < p.n; j += panel<T>) {
    tile.columns = p.n - j < panel<T> ? p.n - j : panel<T>;
    const T* const b = p.b + j * p.b_col;
    if (p.b_col == 1 && tile.columns % lanes<T> == 0) {
      tile.b = b;
      tile.b_row = p.b_row;
    } else {
      tile.b = packed;
      tile.b_row = tile.columns <= lanes<T> ? lanes<T> : panel<T>;
      for (std::int64_t i = 0; i < p.k; ++i) {
        T* const row = packed + i * tile.b_row;
        std::int64_t column = 0;
        for (; column < tile.columns; ++column) row[column] = b[i * p.b_row + column * p.b_col];
        for (; column < tile.b_row; ++column) row[column] = T(0);
      }
    }
    if (p.bias) {
      for (int i = 0; i < panel<T>; ++i) bias[i] = i < tile.columns ? p.bias[j + i] : T(0);
      tile.bias = bias;
    }
    tile.c = p.c + j;
    if (tile.columns <= lanes<T>)
      column_of_tiles<T, 1>(tile, p.m, rows_abut);
    else
      column_of_tiles<T, 2>(tile, p.m, rows_abut);
  }
}

}  // namespace
}  // namespace attune::internal
