// Tiles of the lines of channels through the kernels.
#include "autograd/norm_loops.hpp"

#include <algorithm>
#include <array>

#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

// Elements of a line at a time: they stay in the first cache. (Batch norm of images both ways on
// Zen 5, us, 512, 2048 and 8192: 750, 761, 756.)
constexpr std::int64_t tile = 2048;
// Rows that one partial sum takes. (Batch norm of vectors both ways on one thread, us, 16, 64 and
// 256: 836, 815, 793; but few batches have rows for two chunks of 256.)
constexpr std::int64_t row_block = 64;
constexpr std::int64_t cost = 4;  // of an element, in additions

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

template <class Body>
void for_lines(const Channels& layout, const Body& body) {
  const std::int64_t length = layout.inner == 1 ? layout.channels : layout.inner;
  for_rows(lines_of(layout), length, [&](std::int64_t line) { for_pieces(layout, line, body); });
}

// Where the values of a piece are added: to the sums of channels, or of one to its sum.
template <class T>
struct AcrossChannels {
  const KernelsOf<T>& table;
  std::int64_t count, channels;
  T* sums;
  void add(std::int64_t k, const T* values) const {
    table.accumulate(count, values, sums + k * channels);
  }
  void add_squares(std::int64_t k, T* values) const {  // writes over them
    table.of(Unary::square)(count, values, values);
    add(k, values);
  }
};
template <class T>
struct AlongChannel {
  const KernelsOf<T>& table;
  std::int64_t count;
  double* totals;
  void add(std::int64_t k, const T* values) const {
    totals[k] += table.of(Reduce::sum)(count, values);
  }
  void add_squares(std::int64_t k, T* values) const {
    totals[k] += table.of(Reduce::sum_of_squares)(count, values);
  }
};

// sums[k][c] = the sum over channel c of what terms(piece, buffer, to) adds by to.add(k, values).
template <class T, std::size_t count, class Terms>
void channel_sums(const Channels& layout, const Terms& terms, const std::array<T*, count>& sums) {
  const KernelsOf<T>& table = kernels().of<T>();
  const std::int64_t channels = layout.channels;
  if (layout.inner == 1) {
    const std::int64_t blocks = (layout.n + row_block - 1) / row_block;
    const std::int64_t of_block = channels * static_cast<std::int64_t>(count);
    const Pooled<T> partial(blocks * of_block, "batch_norm");
    parallel_for(blocks, layout.n * channels * cost, [&](std::int64_t block) {
      alignas(64) T buffer[tile];
      T* const to = partial.get() + block * of_block;
      std::fill_n(to, of_block, T(0));
      const std::int64_t end = std::min(layout.n, (block + 1) * row_block);
      for (std::int64_t line = block * row_block; line < end; ++line) {
        for_pieces(layout, line, [&](const Piece& piece) {
          terms(piece, buffer, AcrossChannels<T>{table, piece.count, channels, to + piece.channel});
        });
      }
    });
    const T* from = partial.get();
    for (T* const sum : sums) {
      table.sum_rows(blocks, channels, from, of_block, sum, false);
      from += channels;
    }
    return;
  }
  using Totals = std::array<double, count>;
  const std::int64_t lines = lines_of(layout);
  const Pooled<Totals> partial(lines, "batch_norm");
  for_rows(lines, layout.inner, [&](std::int64_t line) {
    alignas(64) T buffer[tile];
    Totals totals{};
    for_pieces(layout, line, [&](const Piece& piece) {
      terms(piece, buffer, AlongChannel<T>{table, piece.count, totals.data()});
    });
    partial.get()[line] = totals;
  });
  for (std::int64_t c = 0; c < channels; ++c) {
    Totals totals{};
    for (std::int64_t i = c; i < lines; i += channels)
      for (std::size_t k = 0; k < count; ++k) totals[k] += partial.get()[i][k];
    for (std::size_t k = 0; k < count; ++k) sums[k][c] = static_cast<T>(totals[k]);
  }
}

template <class F>
void typed(const Tensor& x, F&& f) {
  visit_floating(x.dtype(), std::forward<F>(f));
}

}  // namespace

void channel_statistics(const Channels& layout, const Tensor& x, Tensor& mean, Tensor& rest,
                        Tensor& variance) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    const T* const from = data<T>(x);
    T *const m = data<T>(mean), *const r = data<T>(rest), *const v = data<T>(variance);
    const double count = static_cast<double>(layout.count());
    channel_sums<T, 1>(
        layout, [&](const Piece& piece, T*, const auto& to) { to.add(0, from + piece.at); }, {m});
    for (std::int64_t c = 0; c < layout.channels; ++c) m[c] = static_cast<T>(m[c] / count);
    // Of x - mean and of its square.
    const auto sum_deviations = [&](T* sums, T* squares) {
      channel_sums<T, 2>(layout,
                         [&](const Piece& piece, T* buffer, const auto& to) {
                           with.sub(piece.count, from + piece.at, 1, m + piece.channel, piece.step,
                                    buffer);
                           to.add(0, buffer);
                           to.add_squares(1, buffer);
                         },
                         {sums, squares});
    };
    // Moves the mean by what it is off, and the variance with it. False where the variance is so
    // much less than what was summed that it has lost digits.
    const auto correct = [&](std::int64_t c, T sum, T squares) {
      const double off = sum / count, about_mean = squares / count;
      const T nearest = static_cast<T>(m[c] + off);
      r[c] = static_cast<T>(off - (static_cast<double>(nearest) - m[c]));
      v[c] = static_cast<T>(about_mean - off * off);
      m[c] = nearest;
      return !(off * off > about_mean / 2);
    };
    sum_deviations(r, v);
    PooledList<std::int64_t> again;
    again.reserve(static_cast<std::size_t>(layout.channels));
    for (std::int64_t c = 0; c < layout.channels; ++c)
      if (!correct(c, r[c], v[c])) again.push_back(c);
    if (again.empty()) return;
    const Pooled<T> sums(2 * layout.channels, "batch_norm");
    T* const squares = sums.get() + layout.channels;
    sum_deviations(sums.get(), squares);
    for (const std::int64_t c : again) correct(c, sums.get()[c], squares[c]);
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
                           const Tensor& mean, const Tensor& rest, Tensor& of_g,
                           Tensor& of_product) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    T *const sums = data<T>(of_g), *const products = data<T>(of_product);
    channel_sums<T, 2>(layout,
                       [&](const Piece& p, T* buffer, const auto& to) {
                         const T* const gradient = data<T>(g) + p.at;
                         to.add(0, gradient);
                         with.sub(p.count, data<T>(x) + p.at, 1, data<T>(mean) + p.channel, p.step,
                                  buffer);
                         with.mul(p.count, buffer, 1, gradient, 1, buffer);
                         to.add(1, buffer);
                       },
                       {sums, products});
    for (std::int64_t c = 0; c < layout.channels; ++c) products[c] -= data<T>(rest)[c] * sums[c];
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

}  // namespace attune::internal
