// Runs, gathered blocks, short rows many at once, and tiles of a transposed operand.
#include "core/blocks.hpp"

#include <algorithm>

#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"

namespace attune::internal {
namespace {

constexpr int most = 3;  // inputs
// Gathered at a time: 4 KiB of the widest type. (A million f32, every other: lengths from 128 to
// 2048 take as long within 3 %.)
constexpr std::int64_t block_length = 512;
// Of a transposed operand, rows and columns of a tile: rows of a cache line of f32, and long ones,
// since a kernel is called for each; 32 KiB of f64. (y = a + b^T on Zen 5, us, tiles of 64 x 64, 64
// x 128, 32 x 256, 16 x 256: 1000^2 f32 306, 229, 228, 217; 3000^2 9850, 6870, 5840, 5710; 3000^2
// f64 12100, 9690, 8730, 9110.)
constexpr std::int64_t tile_rows = 16, tile_columns = 256;
// Rows of so few elements, from so many on, reach a kernel so many elements together: what is one
// row for all is repeated, and if rows are shorter still, what lies otherwise is copied. (2^20
// f32 and a row, us, a call for each row and so, on Zen 5: rows of 4 1897 and 168, of 16 421 and
// 97, of 64 132 and 82, of 256 80 and 86; and a column: 1894 and 659, 423 and 257, from 48 on as
// before.)
constexpr std::int64_t short_row = 128, copied_row = 32, least_rows = 32, joined_length = 2048;

// How an input's short rows reach a kernel: where they lie, one row for all, each copied.
enum class RowsAs { lying, repeated, copied };

struct Walk {
  Loop loop;  // operand 0 is the result
  int inputs;
  const std::byte* in[most];
  std::byte* out;
  std::int64_t size[most], out_size;  // of an element, in bytes
  std::int64_t wanted_size[most];     // of an element as the kernel sees it
  Gather gather[most];                // null where runs are passed as they lie
  Gather convert[most];               // the same, also where runs are passed so
  RunTranspose transpose[most] = {};  // null but in tiles
  bool dense[most];
  RowsAs rows_as[most];
  void (*body)(const void* context, const Block& block);
  const void* context;

  // One value of this input stands against a whole run.
  bool once(int k) const { return loop.run_stride(k + 1) == 0 && !dense[k]; }

  // n elements of the run at `at`.
  void run(std::int64_t n, const Offsets& at) const {
    Block block{};
    bool gathers = false;
    for (int k = 0; k < inputs; ++k) {
      block.in[k] = in[k] + at[static_cast<std::size_t>(k) + 1] * size[k];
      block.step[k] = once(k) ? 0 : 1;
      gathers = gathers || gather[k];
    }
    block.out = out + at[0] * out_size;
    block.n = n;
    if (!gathers) return body(context, block);
    alignas(64) std::byte buffer[most][block_length * 8];
    const Block start = block;
    for (std::int64_t i = 0; i < n; i += block_length) {
      block.n = std::min(block_length, n - i);
      block.out = static_cast<std::byte*>(start.out) + i * out_size;
      for (int k = 0; k < inputs; ++k) {
        const std::int64_t stride = loop.run_stride(k + 1);
        const std::byte* const from =
            static_cast<const std::byte*>(start.in[k]) + i * stride * size[k];
        block.in[k] = from;
        if (!gather[k]) continue;
        if (stride != 0 || i == 0) gather[k](once(k) ? 1 : block.n, from, stride, buffer[k]);
        block.in[k] = buffer[k];
      }
      body(context, block);
    }
  }

  // A tile of the last two axes that begins at `at`.
  void tile(std::int64_t rows, std::int64_t columns, const Offsets& at) const {
    alignas(64) std::byte turned[most][tile_rows * tile_columns * 8];
    alignas(64) std::byte buffer[most][tile_columns * 8];
    const int row = loop.rank - 2, column = loop.rank - 1;
    Block block{};
    block.n = columns;
    const auto place = [&](int k) { return in[k] + at[static_cast<std::size_t>(k) + 1] * size[k]; };
    for (int k = 0; k < inputs; ++k) {
      block.step[k] = once(k) ? 0 : 1;
      if (transpose[k])
        transpose[k](rows, columns, place(k), loop.strides[k + 1][column], turned[k], tile_columns);
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      block.out = out + (at[0] + i * loop.strides[0][row]) * out_size;
      for (int k = 0; k < inputs; ++k) {
        const std::byte* from = transpose[k] ? turned[k] + i * tile_columns * size[k]
                                             : place(k) + i * loop.strides[k + 1][row] * size[k];
        if (gather[k]) {
          const std::int64_t stride = transpose[k] ? 1 : loop.strides[k + 1][column];
          gather[k](once(k) ? 1 : columns, from, stride, buffer[k]);
          from = buffer[k];
        }
        block.in[k] = from;
      }
      body(context, block);
    }
  }

  // f(rows, at) for bands of `height` rows of the last two axes, the last band of a plane shorter.
  template <class F>
  void bands(std::int64_t height, std::int64_t cost, const F& f) const {
    const std::int64_t rows = loop.sizes[loop.rank - 2];
    const std::int64_t of_plane = (rows + height - 1) / height, planes = loop.runs() / rows;
    parallel_for(planes * of_plane, loop.runs() * loop.run() * cost, [&](std::int64_t chunk) {
      const std::int64_t first = chunk % of_plane * height;
      f(std::min(height, rows - first),
        loop_detail::offsets_of(loop, chunk / of_plane * rows + first));
    });
  }

  void tiles(std::int64_t cost) const {
    bands(tile_rows, cost, [&](std::int64_t rows, Offsets at) {
      for (std::int64_t j = 0; j < loop.run(); j += tile_columns) {
        tile(rows, std::min(tile_columns, loop.run() - j), at);
        for (int k = 0; k <= inputs; ++k)
          at[static_cast<std::size_t>(k)] += tile_columns * loop.run_stride(k);
      }
    });
  }

  // Whether rows are short, and how they come together.
  bool joins_rows() {
    const int row = loop.rank - 2;
    const auto whole = [&](int k) {
      return loop.run_stride(k) == 1 && loop.strides[k][row] == loop.run();
    };
    if (row < 0 || loop.run() > short_row || loop.sizes[row] < least_rows || !whole(0))
      return false;
    for (int k = 0; k < inputs; ++k) {
      rows_as[k] = loop.strides[k + 1][row] == 0          ? RowsAs::repeated
                   : whole(k + 1) && gather[k] == nullptr ? RowsAs::lying
                                                          : RowsAs::copied;
      if (rows_as[k] == RowsAs::copied && loop.run() > copied_row) return false;
    }
    return true;
  }

  void rows(std::int64_t cost) const {
    const int row = loop.rank - 2;
    const std::int64_t run = loop.run(), together = joined_length / run;
    bands(elementwise_chunk / run, cost, [&](std::int64_t rows, const Offsets& at) {
      alignas(64) std::byte buffer[most][joined_length * 8];
      Block block{};
      for (std::int64_t first = 0; first < rows; first += together) {
        const std::int64_t count = std::min(together, rows - first);
        block.n = count * run;
        block.out = out + (at[0] + first * run) * out_size;
        for (int k = 0; k < inputs; ++k) {
          const std::int64_t step = loop.strides[k + 1][row] * size[k],
                             bytes = run * wanted_size[k];
          const std::byte* const from =
              in[k] + at[static_cast<std::size_t>(k) + 1] * size[k] + first * step;
          block.step[k] = 1;
          block.in[k] = rows_as[k] == RowsAs::lying ? from : buffer[k];
          if (rows_as[k] == RowsAs::copied || (rows_as[k] == RowsAs::repeated && first == 0))
            for (std::int64_t i = 0; i < count; ++i)
              convert[k](run, from + i * step, loop.run_stride(k + 1), buffer[k] + i * bytes);
        }
        body(context, block);
      }
    });
  }
};

// Some input runs along another axis than the result: that axis becomes the last but one. Worth it
// where both axes have some length.
bool turn(Walk& walk) {
  constexpr std::int64_t least = 8;
  Loop& loop = walk.loop;
  const int last = loop.rank - 1;
  if (last < 1 || loop.sizes[last] < least) return false;
  int axis = -1;
  for (int k = 0; k < walk.inputs && axis < 0; ++k) {
    const auto& strides = loop.strides[k + 1];
    if (strides[last] == 0 || strides[last] == 1) continue;
    for (int i = 0; i < last; ++i)
      if (strides[i] == 1 && loop.sizes[i] >= least) axis = i;
  }
  if (axis < 0) return false;
  std::swap(loop.sizes[axis], loop.sizes[last - 1]);
  for (int k = 0; k <= walk.inputs; ++k)
    std::swap(loop.strides[k][axis], loop.strides[k][last - 1]);
  return true;
}

// bool is read as u8 where it lies.
bool reads_as(DType dtype, DType wanted) {
  return dtype == wanted || (dtype == boolean && wanted == u8);
}

// Small results of inputs that are contiguous as they are: one call, before any layout is worked
// out.
bool at_once(const Impl& result, std::span<const BlockInput> inputs,
             void (*body)(const void* context, const Block& block), const void* context) {
  if (result.numel > elementwise_chunk) return false;
  Block block{};
  block.n = result.numel;
  block.out = result.data;
  int k = 0;
  for (const BlockInput& input : inputs) {
    const Impl& impl = *input.tensor->impl();
    const bool runs = impl.numel == result.numel;
    if (!impl.contiguous || !(runs || impl.numel == 1) || !reads_as(impl.dtype, input.dtype))
      return false;
    block.in[k] = impl.data;
    block.step[k++] = runs ? 1 : 0;
  }
  body(context, block);
  return true;
}

}  // namespace

void for_blocks(Tensor& y, std::span<const BlockInput> inputs, std::int64_t cost,
                void (*body)(const void* context, const Block& block), const void* context) {
  const Impl& result = *y.impl();
  if (result.numel == 0 || at_once(result, inputs, body, context)) return;
  Walk walk;
  walk.inputs = static_cast<int>(inputs.size());
  walk.out = result.data;
  walk.out_size = static_cast<std::int64_t>(size_of(result.dtype));
  walk.body = body;
  walk.context = context;
  Shape strides[most + 1] = {result.strides};
  for (int k = 0; k < walk.inputs; ++k) {
    const Impl& input = *inputs[static_cast<std::size_t>(k)].tensor->impl();
    walk.in[k] = input.data;
    walk.size[k] = static_cast<std::int64_t>(size_of(input.dtype));
    strides[k + 1] = broadcast_strides(input.shape, input.strides, result.shape);
  }
  walk.loop = make_loop(result.shape, {strides, static_cast<std::size_t>(walk.inputs) + 1});
  const bool tiled = turn(walk);
  const Loop& loop = walk.loop;
  for (int k = 0; k < walk.inputs; ++k) {
    const BlockInput& input = inputs[static_cast<std::size_t>(k)];
    const DType dtype = input.tensor->impl()->dtype;
    const std::int64_t stride = loop.run_stride(k + 1);
    walk.dense[k] = input.dense;
    walk.convert[k] = gather_of(dtype, input.dtype);
    const bool runs = walk.once(k) || stride == 1 || loop.run() == 1;
    if (tiled && !runs && loop.strides[k + 1][loop.rank - 2] == 1)
      walk.transpose[k] = kernels().typed.transpose[static_cast<int>(dtype)];
    walk.gather[k] =
        (runs || walk.transpose[k]) && reads_as(dtype, input.dtype) ? nullptr : walk.convert[k];
    walk.wanted_size[k] = static_cast<std::int64_t>(size_of(input.dtype));
  }
  if (tiled) return walk.tiles(cost);
  if (walk.joins_rows()) return walk.rows(cost);
  for_runs(loop, cost, [&](std::int64_t n, const Offsets& at) { walk.run(n, at); });
}

}  // namespace attune::internal
