// Tiles of the lines of channels through the kernels.
#include "autograd/norm_loops.hpp"

#include <algorithm>
#include <array>

#include "autograd/norm_lines.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/pooled.hpp"

namespace attune::internal {

using namespace norm_lines;

namespace {

// Rows that one partial sum takes, at least. (Batch norm of vectors both ways on one thread, us,
// 16, 64 and 256: 836, 815, 793; but few batches have rows for two chunks of 256.) Where channels
// have several values in each, a quarter: such batches have fewer rows. (f32 [200, 128, 31] on
// Zen 5, 4 and 16 rows: 1209, 893.)
std::int64_t row_block(const Channels& layout) { return layout.inner == 1 ? 64 : 16; }

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

// Where the values of a piece are added: to the sums of channels, or of one to its sum.
template <class T>
struct AcrossChannels {
  const KernelsOf<T>& table;
  std::int64_t count, width;
  T* sums;
  void add(std::int64_t k, const T* values) const {
    table.accumulate(count, values, sums + k * width);
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

// The sum of `rows` rows, half on half while they are even. Writes over them.
template <class T>
void join_rows(const KernelsOf<T>& table, std::int64_t rows, std::int64_t width, T* x, T* sum) {
  for (; rows % 2 == 0; rows /= 2) table.accumulate(rows / 2 * width, x + rows / 2 * width, x);
  table.sum_rows(rows, width, x, width, sum, false);
}

// Samples that pass at once are added to sums of their own, which a block joins at its end; what
// blocks of short samples gave is few enough to be added in doubles.
template <class T, std::size_t count, class Terms>
void sums_across(const Channels& layout, const Lines& lines, const Terms& terms,
                 const std::array<T*, count>& sums) {
  const KernelsOf<T>& table = kernels().of<T>();
  const std::int64_t row = lines.length, width = row * lines.together;
  const std::int64_t of_block = row * static_cast<std::int64_t>(count);
  const std::int64_t rows = std::max(row_block(layout), lines.in_chunk());
  const std::int64_t blocks = (lines.count + rows - 1) / rows;
  const Pooled<T> partial(blocks * of_block, "batch_norm");
  parallel_for(blocks, lines.count * row * cost, [&](std::int64_t block) {
    alignas(64) T buffer[tile];
    alignas(64) T apart[count * bytes_together / sizeof(T)];
    T* const sum = partial.get() + block * of_block;
    T* const to = lines.together > 1 ? apart : sum;
    std::fill_n(to, count * static_cast<std::size_t>(width), T(0));
    for_pieces(
        layout, lines, block * rows, std::min(lines.count, (block + 1) * rows),
        [&](const Piece& piece) {
          terms(piece, buffer, AcrossChannels<T>{table, piece.count, width, to + piece.values});
        });
    if (lines.together == 1) return;
    for (std::int64_t k = 0; k < static_cast<std::int64_t>(count); ++k)
      join_rows(table, lines.together, row, to + k * width, sum + k * row);
  });
  const T* from = partial.get();
  for (T* const sum : sums) {
    if (layout.inner == 1 && lines.together == 1) {
      table.sum_rows(blocks, row, from, of_block, sum, false);
    } else {
      for (std::int64_t c = 0; c < layout.channels; ++c) {
        double total = 0;
        for (std::int64_t block = 0; block < blocks; ++block)
          for (std::int64_t i = 0; i < layout.inner; ++i)
            total += from[block * of_block + c * layout.inner + i];
        sum[c] = static_cast<T>(total);
      }
    }
    from += row;
  }
}

template <class T, std::size_t count, class Terms>
void sums_along(const Channels& layout, const Lines& lines, const Terms& terms,
                const std::array<T*, count>& sums) {
  const KernelsOf<T>& table = kernels().of<T>();
  using Totals = std::array<double, count>;
  const Pooled<Totals> partial(lines.count, "batch_norm");
  for_chunks_of(lines, [&](std::int64_t begin, std::int64_t end) {
    alignas(64) T buffer[tile];
    for (std::int64_t line = begin; line < end; ++line) {
      Totals totals{};
      for_pieces(layout, lines, line, line + 1, [&](const Piece& piece) {
        terms(piece, buffer, AlongChannel<T>{table, piece.count, totals.data()});
      });
      partial.get()[line] = totals;
    }
  });
  for (std::int64_t c = 0; c < layout.channels; ++c) {
    Totals totals{};
    for (std::int64_t i = c; i < lines.count; i += layout.channels)
      for (std::size_t k = 0; k < count; ++k) totals[k] += partial.get()[i][k];
    for (std::size_t k = 0; k < count; ++k) sums[k][c] = static_cast<T>(totals[k]);
  }
}

// sums[k][c] = the sum over channel c of what terms(piece, buffer, to) adds by to.add(k, values).
template <class T, std::size_t count, class Terms>
void channel_sums(const Channels& layout, const Terms& terms, const std::array<T*, count>& sums) {
  const Lines lines(layout, sizeof(T));
  if (lines.along) return sums_across<T>(layout, lines, terms, sums);
  sums_along<T>(layout, lines, terms, sums);
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
      const Spread<T> centre(layout, Lines(layout, sizeof(T)), mean);
      channel_sums<T, 2>(layout,
                         [&](const Piece& piece, T* buffer, const auto& to) {
                           with.sub(piece.count, from + piece.at, 1, centre.at(piece), piece.step,
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
    const Lines lines(layout, sizeof(T));
    const Spread<T> centre(layout, lines, mean), by(layout, lines, factor),
        plus(layout, lines, shift);
    for_lines(layout, lines, [&](const Piece& p) {
      T* const out = data<T>(y) + p.at;
      with.sub(p.count, data<T>(x) + p.at, 1, centre.at(p), p.step, out);
      with.mul(p.count, out, 1, by.at(p), p.step, out);
      with.add(p.count, out, 1, plus.at(p), p.step, out);
    });
  });
}

void channel_gradient_sums(const Channels& layout, const Tensor& g, const Tensor& x,
                           const Tensor& mean, const Tensor& rest, Tensor& of_g,
                           Tensor& of_product) {
  typed(x, [&](auto zero) {
    using T = decltype(zero);
    const Arithmetic<T> with;
    const Spread<T> centre(layout, Lines(layout, sizeof(T)), mean);
    T *const sums = data<T>(of_g), *const products = data<T>(of_product);
    channel_sums<T, 2>(layout,
                       [&](const Piece& p, T* buffer, const auto& to) {
                         const T* const gradient = data<T>(g) + p.at;
                         to.add(0, gradient);
                         with.sub(p.count, data<T>(x) + p.at, 1, centre.at(p), p.step, buffer);
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
    const Lines lines(layout, sizeof(T));
    const Spread<T> centre(layout, lines, mean), less(layout, lines, a), slope(layout, lines, b),
        by(layout, lines, factor);
    for_lines(layout, lines, [&](const Piece& p) {
      T* const out = data<T>(y) + p.at;
      with.sub(p.count, data<T>(x) + p.at, 1, centre.at(p), p.step, out);
      with.mul(p.count, out, 1, slope.at(p), p.step, out);
      with.add(p.count, out, 1, less.at(p), p.step, out);
      with.sub(p.count, data<T>(g) + p.at, 1, out, 1, out);
      with.mul(p.count, out, 1, by.at(p), p.step, out);
    });
  });
}

}  // namespace attune::internal
