// Tiles of lines and rows through the kernels.
#include "autograd/norm_loops.hpp"

#include <algorithm>
#include <cmath>

#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

constexpr std::int64_t tile = 2048;  // elements of a line at a time: they stay in the first cache
constexpr std::int64_t row_block = 64;  // rows that one partial sum takes
constexpr std::int64_t cost = 4;        // of an element, in additions

template <class T>
struct Arithmetic {
  const KernelsOf<T>& table = kernels().of<T>();
  void sub(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) const {
    table.of(Binary::sub)(n, a, sa, b, sb, y);
  }
  void mul(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) const {
    table.of(Binary::mul)(n, a, sa, b, sb, y);
  }
  void add(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) const {
    table.of(Binary::add)(n, a, sa, b, sb, y);
  }
  T sum(std::int64_t n, const T* x) const { return table.of(Reduce::sum)(n, x); }
};

// A piece of a line.
struct Piece {
  std::int64_t at;       // of its first element
  std::int64_t count;    // elements
  std::int64_t channel;  // of its first element
  std::int64_t step;     // of a parameter: 1 along a sample, 0 along a channel
};

template <class Body>
void for_pieces(const Channels& layout, std::int64_t line, const Body& body) {
  const bool along = layout.inner == 1;
  const std::int64_t length = along ? layout.channels : layout.inner;
  for (std::int64_t i = 0; i < length; i += tile) {
    body(Piece{line * length + i, std::min(tile, length - i), along ? i : line % layout.channels,
               along ? 1 : 0});
  }
}

std::int64_t lines_of(const Channels& layout) {
  return layout.inner == 1 ? layout.n : layout.n * layout.channels;
}

// body(row) over all rows, in chunks.
template <class Body>
void for_rows(std::int64_t rows, std::int64_t width, const Body& body) {
  const std::int64_t together =
      std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(width, 1));
  parallel_for((rows + together - 1) / together, rows * width * cost, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(rows, (chunk + 1) * together);
    for (std::int64_t row = chunk * together; row < end; ++row) body(row);
  });
}

// Rows that one chunk, and one partial sum over rows, takes: 256 KiB of f32, so that a partial sum
// is little beside what it sums, but no fewer than 8.
std::int64_t rows_together(std::int64_t width) {
  return std::clamp<std::int64_t>(65536 / std::max<std::int64_t>(width, 1), 8, 1024);
}

// body(block, first, count) over blocks of so many rows.
template <class Body>
void for_row_blocks(std::int64_t rows, std::int64_t width, const Body& body) {
  const std::int64_t together = rows_together(width);
  parallel_for((rows + together - 1) / together, rows * width * cost, [&](std::int64_t block) {
    const std::int64_t first = block * together;
    body(block, first, std::min(together, rows - first));
  });
}

template <class Body>
void for_lines(const Channels& layout, const Body& body) {
  const std::int64_t length = layout.inner == 1 ? layout.channels : layout.inner;
  for_rows(lines_of(layout), length, [&](std::int64_t line) { for_pieces(layout, line, body); });
}

// sums[c] = the sum over channel c of terms(piece, buffer), which returns piece.count values.
template <class T, class Terms>
void channel_sums(const Channels& layout, const Terms& terms, T* sums) {
  const Arithmetic<T> with;
  const std::int64_t channels = layout.channels;
  if (layout.inner == 1) {
    const std::int64_t blocks = (layout.n + row_block - 1) / row_block;
    const Pooled<T> partial(blocks * channels, "batch_norm");
    parallel_for(blocks, layout.n * channels * cost, [&](std::int64_t block) {
      alignas(64) T buffer[tile];
      T* const to = partial.get() + block * channels;
      std::fill_n(to, channels, T(0));
      const std::int64_t end = std::min(layout.n, (block + 1) * row_block);
      for (std::int64_t line = block * row_block; line < end; ++line) {
        for_pieces(layout, line, [&](const Piece& piece) {
          with.table.accumulate(piece.count, terms(piece, buffer), to + piece.channel);
        });
      }
    });
    return with.table.sum_rows(blocks, channels, partial.get(), channels, sums, false);
  }
  const std::int64_t lines = lines_of(layout);
  const Pooled<double> partial(lines, "batch_norm");
  for_rows(lines, layout.inner, [&](std::int64_t line) {
    alignas(64) T buffer[tile];
    double total = 0;
    for_pieces(layout, line,
               [&](const Piece& piece) { total += with.sum(piece.count, terms(piece, buffer)); });
    partial.get()[line] = total;
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    double total = 0;
    for (std::int64_t i = c; i < lines; i += channels) total += partial.get()[i];
    sums[c] = static_cast<T>(total);
  }
}

template <class F>
void typed(const Tensor& x, F&& f) {
  visit_floating(x.dtype(), std::forward<F>(f));
}

}  // namespace

void channel_statistics(const Channels& layout, const Tensor& x, Tensor& mean, Tensor& variance) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    const T* const from = data<T>(x);
    T* const m = data<T>(mean);
    T* const v = data<T>(variance);
    channel_sums<T>(
        layout, [&](const Piece& piece, T*) { return from + piece.at; }, m);
    const T count = static_cast<T>(layout.count());
    for (std::int64_t c = 0; c < layout.channels; ++c) m[c] /= count;
    channel_sums<T>(
        layout,
        [&](const Piece& piece, T* buffer) {
          with.sub(piece.count, from + piece.at, 1, m + piece.channel, piece.step, buffer);
          with.table.of(Unary::square)(piece.count, buffer, buffer);
          return buffer;
        },
        v);
    for (std::int64_t c = 0; c < layout.channels; ++c) v[c] /= count;
  });
}

void channel_normalize(const Channels& layout, const Tensor& x, const Tensor& mean,
                       const Tensor& factor, const Tensor& shift, Tensor& y) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    for_lines(layout, [&](const Piece& p) {
      T* const out = data<T>(y) + p.at;
      with.sub(p.count, data<T>(x) + p.at, 1, data<T>(mean) + p.channel, p.step, out);
      with.mul(p.count, out, 1, data<T>(factor) + p.channel, p.step, out);
      with.add(p.count, out, 1, data<T>(shift) + p.channel, p.step, out);
    });
  });
}

void channel_gradient_sums(const Channels& layout, const Tensor& g, const Tensor& x,
                           const Tensor& mean, Tensor& of_g, Tensor& of_product) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    const T* const gradient = data<T>(g);
    channel_sums<T>(
        layout, [&](const Piece& p, T*) { return gradient + p.at; }, data<T>(of_g));
    channel_sums<T>(
        layout,
        [&](const Piece& p, T* buffer) {
          with.sub(p.count, data<T>(x) + p.at, 1, data<T>(mean) + p.channel, p.step, buffer);
          with.mul(p.count, buffer, 1, gradient + p.at, 1, buffer);
          return buffer;
        },
        data<T>(of_product));
  });
}

void channel_derivative(const Channels& layout, const Tensor& g, const Tensor& x,
                        const Tensor& mean, const Tensor& a, const Tensor& b, const Tensor& factor,
                        Tensor& y) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    for_lines(layout, [&](const Piece& p) {
      T* const out = data<T>(y) + p.at;
      with.sub(p.count, data<T>(x) + p.at, 1, data<T>(mean) + p.channel, p.step, out);
      with.mul(p.count, out, 1, data<T>(b) + p.channel, p.step, out);
      with.add(p.count, out, 1, data<T>(a) + p.channel, p.step, out);
      with.sub(p.count, data<T>(g) + p.at, 1, out, 1, out);
      with.mul(p.count, out, 1, data<T>(factor) + p.channel, p.step, out);
    });
  });
}

void row_normalize(std::int64_t rows, std::int64_t width, double eps, const Tensor& x,
                   const Tensor& scale, const Tensor& shift, Tensor& y, Tensor& mean,
                   Tensor& inverse) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const auto kernel = kernels().of<T>().layer_norm;
    for_row_blocks(rows, width, [&](std::int64_t, std::int64_t first, std::int64_t count) {
      kernel(count, width, static_cast<T>(eps), data<T>(x) + first * width, data<T>(scale),
             data<T>(shift), data<T>(y) + first * width, data<T>(mean) + first,
             data<T>(inverse) + first);
    });
  });
}

void row_derivatives(std::int64_t rows, std::int64_t width, const Tensor& g, const Tensor& x,
                     const Tensor& scale, const Tensor& mean, const Tensor& inverse,
                     const RowDerivatives& wanted) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const auto kernel = kernels().of<T>().layer_norm_backward;
    const std::int64_t together = rows_together(width);
    const std::int64_t blocks = (rows + together - 1) / together;
    const auto partial = [&](const Tensor& sum) {
      return Pooled<T>(sum.defined() ? blocks * width : 0, "layer_norm");
    };
    const Pooled<T> scales = partial(wanted.scale), shifts = partial(wanted.shift);
    for_row_blocks(rows, width, [&](std::int64_t block, std::int64_t first, std::int64_t count) {
      const auto place = [=](const Tensor& sum, const Pooled<T>& sums) -> T* {
        if (!sum.defined()) return nullptr;
        T* const at = sums.get() + block * width;
        std::fill_n(at, width, T(0));
        return at;
      };
      kernel(count, width, data<T>(g) + first * width, data<T>(x) + first * width, data<T>(scale),
             data<T>(mean) + first, data<T>(inverse) + first,
             wanted.x.defined() ? data<T>(wanted.x) + first * width : nullptr,
             place(wanted.scale, scales), place(wanted.shift, shifts));
    });
    const auto join = [&](const Pooled<T>& sums, const Tensor& to) {
      if (!to.defined()) return;
      kernels().of<T>().sum_rows(blocks, width, sums.get(), width, data<T>(to), false);
    };
    join(scales, wanted.scale);
    join(shifts, wanted.shift);
  });
}

}  // namespace attune::internal
