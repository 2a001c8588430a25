// The product of matrices that are worth packing. k is cut into blocks; of each, B is packed by
// panels and the rows of C are cut into blocks of tiles. Every cut follows from the shape alone,
// and an element of C is one chain of additions over k: the number of threads changes no bit.
#pragma once

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

// A panel of B (384 x 16 or 32 floats) is read from the first-level cache or the second, a block of
// A from the second. f32, one thread, from 64^3 to 2048^3: 96 to 111 GF/s with AVX-512 on Zen 4,
// whose peak is about 113, and 34 to 38 with AVX2 on Zen 1 (docs/benchmarks.md).
constexpr std::int64_t k_bytes = 1536, column_block = 2048, tiles_of_rows = 16;

// n / part upwards, for n > 0; small products feel a division.
constexpr std::int64_t up(std::int64_t n, std::int64_t part) {
  return n <= part ? 1 : (n + part - 1) / part;
}
constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

template <class Job>
void run_chunks(std::int64_t chunks, std::int64_t work, Job& job,
                void (*body)(void*, std::int64_t)) {
  if (chunks > 1 && work >= serial_work) return parallel_for(chunks, work, body, &job);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(&job, chunk);
}

// One block of k and of columns.
template <class T>
struct Block {
  const Gemm<T>& p;
  std::int64_t column, columns, k0, k;
  std::int64_t row_block, row_blocks, panels, group;  // group: panels of one chunk
  bool last;                                          // block of k
  bool b_in_place, a_packed, a_by_rows;
  T* packed_b;

  const T* b_at(std::int64_t j) const {
    return p.b + k0 * p.b_row + (column + j * panel<T>)*p.b_col;
  }
  std::int64_t width(std::int64_t j) const { return smaller(panel<T>, columns - j * panel<T>); }
};

template <class T>
void pack_b(void* context, std::int64_t j) {
  const Block<T>& block = *static_cast<const Block<T>*>(context);
  const std::int64_t width = block.width(j);
  if (block.b_in_place && width == panel<T>) return;
  pack_panel<T>(block.k, width, block.b_at(j), block.p.b_row, block.p.b_col,
                block.packed_b + j * panel<T> * block.k);
}

template <class T>
void multiply_chunk(void* context, std::int64_t chunk) {
  const Block<T>& block = *static_cast<const Block<T>*>(context);
  const Gemm<T>& p = block.p;
  const std::int64_t strip = block.row_blocks == 1 ? chunk : chunk / block.row_blocks;
  const std::int64_t row = (chunk - strip * block.row_blocks) * block.row_block;
  const std::int64_t rows = smaller(block.row_block, p.m - row);
  Tile<T> tile{};
  tile.k = block.k;
  tile.a = p.a + row * p.a_row + block.k0 * p.a_col;
  tile.a_row = p.a_row;
  tile.a_col = p.a_col;
  if (block.a_packed) {
    // 16 beyond the rows' length: a power of two would put all of them on a few sets of the cache
    const std::int64_t stride = block.a_by_rows ? block.k + 16 : rows;
    T* packed = static_cast<T*>(
        scratch(static_cast<std::size_t>((rows + 1) * (block.k + 16)) * sizeof(T), 1));
    if (block.a_by_rows)
      copy_matrix<T>(rows, block.k, tile.a, p.a_row, p.a_col, packed, stride);
    else
      copy_matrix<T>(block.k, rows, tile.a, p.a_col, p.a_row, packed, stride);
    tile.a = packed;
    tile.a_row = block.a_by_rows ? stride : 1;
    tile.a_col = block.a_by_rows ? 1 : stride;
  }
  const std::int64_t first = strip * block.group;
  const std::int64_t end = smaller(first + block.group, block.panels);
  for (std::int64_t j = first; j < end; ++j) {
    const std::int64_t column = block.column + j * panel<T>;
    tile.columns = block.width(j);
    const bool in_place = block.b_in_place && tile.columns == panel<T>;
    tile.b = in_place ? block.b_at(j) : block.packed_b + j * panel<T> * block.k;
    tile.b_row = in_place ? p.b_row : panel<T>;
    tile.c = p.c + row * p.c_row + column;
    tile.c_row = p.c_row;
    tile.bias = p.bias && block.last ? p.bias + column : nullptr;
    tile.add = p.accumulate || block.k0 > 0;
    alignas(64) T padded_bias[panel<T>];
    if (tile.bias && tile.columns < panel<T>) {
      for (int i = 0; i < panel<T>; ++i) padded_bias[i] = i < tile.columns ? tile.bias[i] : T(0);
      tile.bias = padded_bias;
    }
    const bool rows_abut = p.n == tile.columns && p.c_row == p.n && !tile.add;
    if (tile.columns <= lanes<T>)
      column_of_tiles<T, 1>(tile, rows, rows_abut);
    else
      column_of_tiles<T, 2>(tile, rows, rows_abut);
  }
}

template <class T>
void multiply(const Gemm<T>& p) {
  constexpr std::int64_t k_most = k_bytes / static_cast<std::int64_t>(sizeof(T));
  const std::int64_t k_block = up(p.k, up(p.k, k_most));
  const std::int64_t size = sizeof(T);
  Block<T> block{p, 0, 0, 0, 0, 0, 0, 0, 0, false, false, false, false, nullptr};
  block.row_blocks = up(p.m, tiles_of_rows * tile_rows<2>);
  block.row_block = up(up(p.m, block.row_blocks), tile_rows<2>) * tile_rows<2>;
  block.row_blocks = up(p.m, block.row_block);
  block.a_by_rows = p.a_row != 1 || p.a_col == 1;
  const std::int64_t a_step = block.a_by_rows ? p.a_row : p.a_col;
  const bool a_runs = p.a_row == 1 || p.a_col == 1;
  block.a_packed = !a_runs || (a_step * size >= 4096 && p.n > 4 * panel<T>);
  block.b_in_place =
      p.b_col == 1 && (p.m <= 2 * tile_rows<2> || (p.b_row > 0 && p.k * p.b_row * size <= 32768));
  for (block.column = 0; block.column < p.n; block.column += column_block) {
    block.columns = smaller(column_block, p.n - block.column);
    block.panels = up(block.columns, panel<T>);
    block.group = block.row_blocks >= 8 ? block.panels : up(256, panel<T>);
    const bool packs = !block.b_in_place || block.columns % panel<T> != 0;
    for (block.k0 = 0; block.k0 < p.k; block.k0 += k_block) {
      block.k = smaller(k_block, p.k - block.k0);
      block.last = block.k0 + block.k == p.k;
      const std::int64_t elements = block.panels * panel<T> * block.k;
      if (packs) {
        block.packed_b =
            static_cast<T*>(scratch(static_cast<std::size_t>(elements) * sizeof(T), 0));
        run_chunks(block.panels, elements / 4, block, pack_b<T>);
      }
      run_chunks(block.row_blocks * up(block.panels, block.group),
                 p.m * block.columns * block.k / 8, block, multiply_chunk<T>);
    }
  }
}

}  // namespace
}  // namespace attune::internal
