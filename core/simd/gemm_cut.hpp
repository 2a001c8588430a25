// How a product that is worth packing is cut, by its shape alone: k into blocks, the rows of C into
// tiles, the columns of B into panels. A chunk is some tiles and some panels of a block.
#pragma once

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/simd/gemm_tile.hpp"

namespace attune::internal {
namespace {

// 8 panels of packed B (384 x 256 floats with AVX-512) stay in the second-level cache while tiles
// of rows pass, each from the first. Twice the length of a chain over k gains 1 to 2 % and costs
// digits. (Zen 5, AVX-512, ms: 1024^3 in strips of 2, 4, 8 and 16 panels 8.64, 8.60, 8.55, 8.67;
// 16384 x 512 x 512 in blocks of 1024, 4096 and 16384 rows 33.4, 33.1, 33.1; 512 x 8192 x 512 of
// 512, 2048 and 8192 columns 17.8, 17.6, 18.0, on two threads 10.9, 9.34, 9.27.)
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
// A matrix larger than this is taken to be beyond a second-level cache, though one alone would stay
// there: in a training step it shares that with what came between. (transformer_step, where C alone
// is asked for, from 1 MiB on, 57.4 ms and all three matrices from 128 KiB on 55.8; C alone from 1
// MiB and from 256 KiB on 58.3 and 57.1.)
constexpr std::int64_t far_bytes = 128 << 10;
template <class T>
constexpr bool is_far(std::int64_t rows, std::int64_t columns) {
  return rows * columns > far_bytes / static_cast<std::int64_t>(sizeof(T));
}
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

// n / part upwards, for n > 0; small products feel a division. (0 gives 1: not what `up` of
// core/conv_cut.hpp is, which counts what may be none.)
constexpr std::int64_t up_or_one(std::int64_t n, std::int64_t part) {
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
    longest_k = k = up_or_one(p.k, up_or_one(p.k, k_bytes / static_cast<std::int64_t>(sizeof(T))));
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
  block.tiles = up_or_one(rows, height);
  block.least = rows / block.tiles;
  block.higher = rows - block.least * block.tiles;
  block.panels = up_or_one(block.columns, panel<T>);
  // A panel that is not filled takes as long as one that is.
  const std::int64_t work = rows * block.panels * panel<T> * block.p.k;
  const std::int64_t wanted =
      work < least_shared ? 1
                          : smaller(2 * power_of_two(up_or_one(work, work_of_two)), most_chunks);
  block.strips = up_or_one(block.panels, strip_panels);
  block.near = block.columns * block.longest_k <= near_bytes / static_cast<std::int64_t>(sizeof(T));
  // A near B serves a single tile of each core; one that has to be packed, or fetched, two.
  const std::int64_t tiles_of_band = block.near && block.b_in_place ? 1 : 2;
  const bool by_columns = rows <= rows_in_place && block.panels >= smaller(wanted, 8);
  block.bands =
      by_columns && !(block.near && block.b_in_place)
          ? 1
          : smaller(up_or_one(wanted, block.strips), up_or_one(block.tiles, tiles_of_band));
  if (block.bands * block.strips < wanted)
    block.strips = smaller(block.panels, up_or_one(wanted, block.bands));
  block.strips = up_or_one(block.panels, block.panels / block.strips);  // of one width
}

}  // namespace
}  // namespace attune::internal
