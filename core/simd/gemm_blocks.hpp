// The product of matrices that are worth packing. k is cut into blocks; of each, B is packed by
// panels and the rows of C are cut into blocks of tiles. Every cut follows from the shape alone,
// and an element of C is a chain of additions over each block of k (a few in turns, where a tile
// has few sums), the blocks one after another: the number of threads changes no bit.
#pragma once

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "core/simd/gemm_copy.hpp"

namespace attune::internal {
namespace {

// 8 panels of packed B (384 x 256 floats with AVX-512) stay in the second-level cache while tiles
// of rows pass, each from the first. Twice the length of a chain over k gains 1 to 2 % and costs
// digits.
constexpr std::int64_t k_bytes = 1536, strip_panels = 8, row_block = 4096, column_block = 2048;
// Up to so many rows do not pay for a packed B: it is read where it lies, or packed by whom it
// serves. (In place against packed, AVX-512: 64 x 128 x 784 1.15 times as fast, 256 x 500 x 500
// .96, 1000^3 .75.)
constexpr std::int64_t rows_in_place = 256;
// A block of B that stays in a second-level cache beside what passes: the chunks of a thread may
// then be bands of rows, all columns of one after another. That is how elementwise loops and
// updates cut the same C, and what a thread has written lies in its own core's cache. (mlp_step's
// backward: on two cores 257 us, by rows 236; on one 405 and 384.)
constexpr std::int64_t near_bytes = 512 << 10;
// A C as large as this is not in a second-level cache when a block of k comes round again.
constexpr std::int64_t far_bytes = 1 << 20;
// Columns of C from which a transposed A is packed: fewer do not read a tile of it often enough.
constexpr std::int64_t few_panels = 4;
// A B that is read where it lies although more rows would pay for packing it: what one core packs,
// another fetches from its cache, 8 ns a line, and the packing core takes it back to write again.
// Rows that are whole batches read as fast as packed ones; others lose 3 to 5 % on one core. (Two
// cores, 351 x 87 x 104: packed 30.9 us, in place 23; 391 x 70 x 211: 57, 41.6.)
constexpr std::int64_t shared_bytes = 256 << 10, shared_bytes_unaligned = 96 << 10;
// Multiplications that two threads share, some 5 us of work; of two chunks, some 20, so that they
// are few while the arrival of a thread is felt; and how many chunks let all threads finish
// together. (On one core of Zen 4 and on two, us: 64^3 4.77 and 3.30, 46 x 251 x 28 6.5 and 3.6;
// 1000^3 on two in 32 chunks 9980, in 64 9960.)
constexpr std::int64_t least_shared = 1 << 18, work_of_two = 1 << 20, most_chunks = 64;

// n / part upwards, for n > 0; small products feel a division.
constexpr std::int64_t up(std::int64_t n, std::int64_t part) {
  return n <= part ? 1 : (n + part - 1) / part;
}
constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// The least that is not below n: so many chunks are the same for two threads, or four.
constexpr std::int64_t power_of_two(std::int64_t n) {
  std::int64_t power = 1;
  while (power < n) power *= 2;
  return power;
}

// So many multiplications of a tile take as long as one step of an elementwise loop, the unit in
// which a loop says how much it has to do.
constexpr std::int64_t products_of_step = least_shared / serial_work;

template <class Job>
void run_chunks(std::int64_t chunks, std::int64_t work, Job& job,
                void (*body)(void*, std::int64_t)) {
  if (chunks > 1 && work >= serial_work) return parallel_for(chunks, work, body, &job);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(&job, chunk);
}

// One block of rows, k and columns, cut into chunks: `strips` of panels of B by `bands` of tiles of
// rows. Tiles are of nearly equal height, the first `higher` of them one row more than `least`.
template <class T>
struct Block {
  const Gemm<T>& p;
  std::int64_t row = 0, column = 0, columns = 0, k0 = 0, k = 0, longest_k = 0;
  std::int64_t tiles = 0, least = 0, higher = 0, bands = 0, panels = 0, strips = 0;
  std::int64_t packed_strips = 0;              // of B, packed for all chunks before they run
  bool b_in_place = false, near = false;       // near: B, in a second-level cache
  T *packed_a = nullptr, *packed_b = nullptr;  // tiles; panels, where they are not read in place

  // k is cut into nearly equal parts; behind the last one k is 0.
  void first_k() {
    k0 = 0;
    longest_k = k = up(p.k, up(p.k, k_bytes / static_cast<std::int64_t>(sizeof(T))));
  }
  void next_k() {
    k0 += k;
    k = smaller(k, p.k - k0);
  }
  std::int64_t row_of(std::int64_t tile) const {  // within the block
    return tile * least + smaller(tile, higher);
  }
  const T* a_at(std::int64_t tile) const {
    return p.a + (row + row_of(tile)) * p.a_row + k0 * p.a_col;
  }
  const T* b_at(std::int64_t j) const {
    return p.b + k0 * p.b_row + (column + j * panel<T>)*p.b_col;
  }
  std::int64_t width(std::int64_t j) const { return smaller(panel<T>, columns - j * panel<T>); }
  bool in_place(std::int64_t j) const {
    return b_in_place && (First<T>::free || width(j) == panel<T>);
  }
  // At the same place for each k: chunks that pack for themselves need not be at the same one.
  T* packed(std::int64_t j) const { return packed_b + j * panel<T> * longest_k; }
};

// The part `i` of `n` in `parts` nearly equal ones.
constexpr std::int64_t part_begin(std::int64_t n, std::int64_t parts, std::int64_t i) {
  return n / parts * i + n % parts * i / parts;
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

constexpr std::int64_t tiles_together = 8;   // read some 450 bytes of a column of A at once
constexpr std::int64_t panels_together = 4;  // and 512 of a row of B

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
  for (std::int64_t k = 0; k < block.k; ++k, column += p.a_col) {
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
  tile.far = p.n * p.m > far_bytes / static_cast<std::int64_t>(sizeof(T));
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

// Rows so far apart that many fall into a few sets of a cache: a multiple of half a page, or
// nearly.
constexpr bool crowds(std::int64_t row_bytes) {
  const std::int64_t apart = row_bytes < 0 ? -row_bytes : row_bytes, over = apart % 2048;
  return apart >= 4096 && (over < 64 || over > 2048 - 64);
}

// Rows of an A that is read where it lies, contiguous along k, if all of them begin in one set of a
// first-level cache: more at once than the set holds (8 lines, of 64 sets of 64 bytes) would each
// be fetched again for the next index of k. (Zen 4, us, 14 and 7 rows at once: 64 x 512 x 1024 683
// and 625, 128 x 10 x 2048 115 and 83, 1000 x 40 x 1024 922 and 784.)
constexpr std::int64_t rows_of_a_set = 7;
template <class T>
bool share_a_set(const Gemm<T>& p) {
  const std::int64_t over = p.a_row * static_cast<std::int64_t>(sizeof(T)) & 4095;
  return p.a_col == 1 && p.m > rows_of_a_set && p.a_row != 0 && (over < 64 || over > 4096 - 64);
}

// How the block is cut: enough chunks for all threads, else wide strips; by rows where there are
// too few columns, so many rows that a strip of B serves several bands, or a near B that nobody has
// to pack.
template <class T>
void cut(Block<T>& block, std::int64_t rows, bool packs_a) {
  std::int64_t height = block.p.n <= lanes<T> ? tile_rows<1> : tile_rows<2>;
  if (!packs_a && share_a_set(block.p)) height = smaller(height, rows_of_a_set);
  block.tiles = up(rows, height);
  block.least = rows / block.tiles;
  block.higher = rows - block.least * block.tiles;
  block.panels = up(block.columns, panel<T>);
  // A panel that is not filled takes as long as one that is.
  const std::int64_t work = rows * block.panels * panel<T> * block.p.k;
  const std::int64_t wanted =
      work < least_shared ? 1 : smaller(2 * power_of_two(up(work, work_of_two)), most_chunks);
  block.strips = up(block.panels, strip_panels);
  block.near = block.columns * block.longest_k <= near_bytes / static_cast<std::int64_t>(sizeof(T));
  // A near B serves a single tile of each core; one that has to be packed, or fetched, two.
  const std::int64_t tiles_of_band = block.near && block.b_in_place ? 1 : 2;
  const bool by_columns = rows <= rows_in_place && block.panels >= smaller(wanted, 8);
  block.bands = by_columns && !(block.near && block.b_in_place)
                    ? 1
                    : smaller(up(wanted, block.strips), up(block.tiles, tiles_of_band));
  if (block.bands * block.strips < wanted)
    block.strips = smaller(block.panels, up(wanted, block.bands));
  block.strips = up(block.panels, block.panels / block.strips);  // of one width
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
      block.packed_strips = packs_b && block.bands > 1 ? up(block.panels, panels_together) : 0;
      const std::int64_t parts =
          block.packed_strips + (packs_a ? up(block.tiles, tiles_together) : 0);
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
