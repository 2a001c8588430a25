// The product of matrices that are worth packing. k is cut into blocks; of each, B is packed by
// panels and the rows of C are cut into blocks of tiles. Every cut follows from the shape alone,
// and an element of C is a chain of additions over each block of k (a few in turns, where a tile
// has few sums), the blocks one after another: the number of threads changes no bit.
#pragma once

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/simd/gemm_copy.hpp"
#include "core/simd/gemm_cut.hpp"

namespace attune::internal {
namespace {

template <class Job>
void run_chunks(std::int64_t chunks, std::int64_t work, Job& job,
                void (*body)(void*, std::int64_t)) {
  if (chunks > 1 && work >= serial_work) return parallel_for(chunks, work, body, &job);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(&job, chunk);
}

// Panels first..end of B. Rows that are contiguous are read once, along all panels.
template <class T>
void pack_panels(const Block<T>& block, std::int64_t first, std::int64_t end) {
  const Gemm<T>& p = block.p;
  std::int64_t whole = first;
  if (p.b_col == 1) whole = block.width(end - 1) == panel<T> ? end : end - 1;
  if (!block.b_in_place && whole > first) {
    const T* row = block.b_at(first);
    for (std::int64_t k = 0; k < block.k; ++k, row += p.b_row) {
      const T* from = row;
      for (std::int64_t j = first; j < whole; ++j, from += panel<T>) {
        T* const to = block.packed(j) + k * panel<T>;
        __builtin_prefetch(from + 4 * p.b_row);
        if constexpr (panel<T> * sizeof(T) > 64) __builtin_prefetch(from + 4 * p.b_row + lanes<T>);
        Batch<T>::load_unaligned(from).store_aligned(to);
        Batch<T>::load_unaligned(from + lanes<T>).store_aligned(to + lanes<T>);
      }
    }
  }
  for (std::int64_t j = whole; j < end && !block.in_place(j); ++j)
    pack_panel<T>(block.k, block.width(j), block.b_at(j), p.b_row, p.b_col, block.packed(j));
}

// Read some 450 bytes of a column of A at once. (Zen 5, 2, 8 and 32 tiles, A transposed: 1024^3
// 8.68, 8.51, 8.50 ms; 784 x 256 x 128 211, 209, 210 us.)
constexpr std::int64_t tiles_together = 8;
// And 512 of a row of B. (Zen 5, 1, 4 and 16 panels: 1024^3 8.59, 8.56, 8.51 ms; 128 x 784 x 784
// 617, 615, 615 us.)
constexpr std::int64_t panels_together = 4;

// Some tiles of A by columns, `height` elements for each index of k. Columns that are contiguous
// are read once, along all the tiles.
template <class T>
void pack_tiles(const Block<T>& block, std::int64_t first, std::int64_t end) {
  const Gemm<T>& p = block.p;
  const auto to = [&](std::int64_t tile) { return block.packed_a + block.row_of(tile) * block.k; };
  const auto height = [&](std::int64_t tile) {
    return block.least + (tile < block.higher ? 1 : 0);
  };
  if (p.a_col == 1) {
    for (; first < end; ++first)
      pack_rows<T>(block.k, height(first), block.a_at(first), p.a_row, to(first));
    return;
  }
  if (p.a_row != 1) {
    for (; first < end; ++first)
      copy_matrix<T>(block.k, height(first), block.a_at(first), p.a_col, p.a_row, to(first),
                     height(first));
    return;
  }
  const T* column = block.a_at(first);
  const std::int64_t height_together = block.row_of(end) - block.row_of(first);
  for (std::int64_t k = 0; k < block.k; ++k, column += p.a_col) {
    constexpr std::int64_t ahead = 8;  // columns (128 x 384 x 1024, far: .89 and .90 of the peak)
    for (std::int64_t i = 0; i < height_together; i += line_of<T>)
      __builtin_prefetch(column + ahead * p.a_col + i);
    const T* from = column;
    for (std::int64_t tile = first; tile < end; ++tile) {
      const std::int64_t rows = height(tile);
      copy_part<16>(from, to(tile) + k * rows, rows);
      from += rows;
    }
  }
}

// What all chunks read: strips of B, then tiles of A.
template <class T>
void pack_part(void* context, std::int64_t i) {
  const Block<T>& block = *static_cast<const Block<T>*>(context);
  const std::int64_t strips = block.packed_strips;
  if (i >= strips) {
    const std::int64_t first = (i - strips) * tiles_together;
    return pack_tiles(block, first, smaller(first + tiles_together, block.tiles));
  }
  pack_panels(block, part_begin(block.panels, strips, i), part_begin(block.panels, strips, i + 1));
}

// One tile of rows through panels first..end; `rows_after` of the chunk follow.
template <class T>
void multiply_rows(const Block<T>& block, std::int64_t index, std::int64_t rows_after,
                   std::int64_t first, std::int64_t end) {
  const Gemm<T>& p = block.p;
  const std::int64_t row = block.row_of(index);
  const int height = static_cast<int>(block.row_of(index + 1) - row);
  Tile<T> tile{};
  tile.k = block.k;
  tile.by_rows = !block.packed_a && p.a_col == 1;
  tile.a = block.packed_a ? block.packed_a + row * block.k : block.a_at(index);
  tile.a_step = block.packed_a ? height : tile.by_rows ? p.a_row : p.a_col;
  tile.c_row = p.c_row;
  tile.add = p.accumulate || block.k0 > 0;
  tile.far_c = is_far<T>(p.m, p.n);
  const bool far_a = !block.packed_a && is_far<T>(p.m, p.k);
  const bool far_b = index == 0 && is_far<T>(p.n, p.k);
  const bool asks_next = far_a && tile.by_rows && index + 1 < block.tiles && !share_a_set(p);
  const auto narrow = tile_function<T, 1>(height, tile.by_rows);
  // A tile higher than a wide one may be is one of a product that has no whole panel.
  const auto wide = height > tile_rows<2> ? narrow : tile_function<T, 2>(height, tile.by_rows);
  for (std::int64_t j = first; j < end; ++j) {
    const std::int64_t column = block.column + j * panel<T>;
    tile.columns = block.width(j);
    const bool in_place = block.in_place(j);
    tile.b = in_place ? block.b_at(j) : block.packed(j);
    tile.b_row = in_place ? p.b_row : panel<T>;
    tile.whole_rows =
        in_place ? rows_read_whole<T>(block.k, tile.columns, p.b_row == p.n, p.b_row) : block.k;
    tile.c = p.c + (block.row + row) * p.c_row + column;
    const T* const bias = p.bias && block.k0 + block.k == p.k ? p.bias + column : nullptr;
    T bias_copy[panel<T>];
    tile.bias = whole_bias<T>(bias, tile.columns, bias_copy);
    const int width = tile.columns <= lanes<T> ? 1 : 2;
    tile.far_a = far_a && !tile.by_rows && j == first;
    tile.far_b = far_b && in_place;
    const std::int64_t next = next_rows<T> * (j - first);
    tile.next = asks_next && next < height ? block.a_at(index + 1) + next * p.a_row : nullptr;
    // Where a row of C ends within a batch and the next begins there, to be written later in this
    // chunk, batches are stored whole.
    const std::int64_t over = width * lanes<T> - tile.columns;
    const bool rows_abut = p.n == tile.columns && p.c_row == p.n && !tile.add;
    tile.whole = over == 0 || (rows_abut && rows_after * p.c_row >= over);
    (width == 1 ? narrow : wide)(tile);
  }
}

// A band of tiles by a strip of panels over one block of k.
template <class T>
void multiply_band(const Block<T>& block, std::int64_t chunk) {
  const std::int64_t inner = block.near ? block.strips : block.bands;
  const std::int64_t outer = chunk / inner, rest = chunk - outer * inner;
  const std::int64_t strip = block.near ? rest : outer, band = block.near ? outer : rest;
  const std::int64_t first = part_begin(block.panels, block.strips, strip);
  const std::int64_t end = part_begin(block.panels, block.strips, strip + 1);
  if (block.bands == 1) pack_panels(block, first, end);
  const std::int64_t last = part_begin(block.tiles, block.bands, band + 1);
  for (std::int64_t tile = part_begin(block.tiles, block.bands, band); tile < last; ++tile)
    multiply_rows(block, tile, block.row_of(last) - block.row_of(tile + 1), first, end);
}

template <class T>
void multiply_chunk(void* context, std::int64_t chunk) {
  multiply_band(*static_cast<const Block<T>*>(context), chunk);
}

// The same over all of k.
template <class T>
void multiply_chunk_alone(void* context, std::int64_t chunk) {
  Block<T> block = *static_cast<const Block<T>*>(context);
  for (; block.k > 0; block.next_k()) multiply_band(block, chunk);
}

template <class T>
void multiply(const Gemm<T>& p) {
  constexpr std::int64_t size = sizeof(T);
  Block<T> block{p};
  const bool packs_a =
      p.a_col == 1 ? p.m > rows_in_place && p.n > few_panels * panel<T> && crowds(p.a_row * size)
                   : p.a_row != 1 || p.n > few_panels * panel<T> || crowds(p.a_col * size);
  // Two tiles read a panel twice: no packing pays for itself there, however its rows crowd.
  const std::int64_t shared = p.n % lanes<T> == 0 ? shared_bytes : shared_bytes_unaligned;
  block.b_in_place = p.b_col == 1 && (p.m <= rows_in_place || p.n * p.k * size <= shared) &&
                     (p.m <= 2 * tile_rows<2> || !crowds(p.b_row * size));
  for (block.column = 0; block.column < p.n; block.column += column_block) {
    block.columns = smaller(column_block, p.n - block.column);
    const bool packs_b = !block.b_in_place || (!First<T>::free && block.columns % panel<T> != 0);
    for (block.row = 0; block.row < p.m; block.row += row_block) {
      const std::int64_t rows = smaller(row_block, p.m - block.row);
      const std::int64_t work = rows * block.columns;
      block.first_k();
      cut(block, rows, packs_a);
      if (packs_a) block.packed_a = scratch_of<T>(rows * block.k, 1, p.operation);
      if (packs_b)
        block.packed_b = scratch_of<T>(block.panels * panel<T> * block.k, 0, p.operation);
      const std::int64_t chunks = block.bands * block.strips;
      block.packed_strips =
          packs_b && block.bands > 1 ? up_or_one(block.panels, panels_together) : 0;
      const std::int64_t parts =
          block.packed_strips + (packs_a ? up_or_one(block.tiles, tiles_together) : 0);
      // An element that is packed takes as long as two or three additions (0.5 ns, AVX-512).
      const std::int64_t packed_rows = packs_a ? rows : 0;
      const std::int64_t packed_columns = block.packed_strips > 0 ? block.columns : 0;
      if (parts == 0) {
        run_chunks(chunks, work * p.k / products_of_step, block, multiply_chunk_alone<T>);
        continue;
      }
      for (; block.k > 0; block.next_k()) {
        run_chunks(parts, 2 * (packed_rows + packed_columns) * block.k, block, pack_part<T>);
        run_chunks(chunks, work * block.k / products_of_step, block, multiply_chunk<T>);
      }
    }
  }
}

}  // namespace
}  // namespace attune::internal
