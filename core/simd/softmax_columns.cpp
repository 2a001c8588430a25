// Softmax and its logarithm along columns, value and derivative, once per instruction set: a lane
// goes down a column, so that nothing is transposed and, but for narrow planes, no lanes are
// joined. (16 x 21 x 64 x 64 f32 along the 21 on Zen 5: 2.88 ms by rows of a transposed copy, 0.48
// so.)
#include "core/kernels.hpp"
#include "core/simd/divided_by.hpp"
#include "core/simd/math_log.hpp"
#include "core/simd/rows.hpp"

namespace attune::internal {
namespace {

// Narrow planes: a batch takes as many whole rows of `width` columns as it has lanes for, `step`
// elements, and `last` elements at the end of the plane. (100 x 1000 x 2 f32 on Zen 5: 580 us with
// a batch for each row, 61 so.)
template <class T>
struct Wrapped {
  std::int64_t width, step, end, last;  // end: number of that last batch

  Batch<T> load(const T* x, std::int64_t i, T pad) const {
    const std::int64_t count = i == end ? last : step;
    return count == lanes<T> ? Batch<T>::load_unaligned(x) : load_part<T>(x, count, pad);
  }
  void store(const Batch<T>& value, T* y, std::int64_t i) const {
    store_up_to<T>(value, y, i == end ? last : step);
  }
  // The lanes of a column joined, in each of them.
  template <class Join>
  Batch<T> joined(const Batch<T>& value) const {
    alignas(64) T lane[lanes<T>];
    value.store_aligned(lane);
    for (std::int64_t k = step - 1; k >= width; --k)
      lane[k - width] = Join::join(lane[k - width], lane[k]);
    for (std::int64_t k = width; k < lanes<T>; ++k) lane[k] = lane[k - width];
    return Batch<T>::load_aligned(lane);
  }
};

// Others: each lane is a column of its own.
template <class T, class Some>
struct Apart {
  Some part;
  ATTUNE_INLINE Batch<T> load(const T* x, std::int64_t, T pad) const { return part.load(x, pad); }
  ATTUNE_INLINE void store(const Batch<T>& value, T* y, std::int64_t) const {
    part.store(value, y);
  }
  template <class Join>
  ATTUNE_INLINE Batch<T> joined(const Batch<T>& value) const {
    return value;
  }
};

// `count` batches of columns that go down together, batch j from element at[j] on.
template <class T, int count, class Part>
struct Strip {
  std::int64_t n, row;
  std::int64_t at[count];
  Part part;

  ATTUNE_INLINE Batch<T> load(const T* x, std::int64_t i, int j, T pad = T(0)) const {
    return part.load(x + at[j] + i * row, i, pad);
  }
  ATTUNE_INLINE void store(const Batch<T>& value, T* y, std::int64_t i, int j) const {
    part.store(value, y + at[j] + i * row, i);
  }

  ATTUNE_INLINE void largest(const T* x, Batch<T>* top) const {
    const T none = -infinity<T>;
    for (int j = 0; j < count; ++j) top[j] = Batch<T>(none);
    for (std::int64_t i = 0; i < n; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j) top[j] = Largest::join(load(x, i, j, none), top[j]);
    }
    for (int j = 0; j < count; ++j) top[j] = part.template joined<Largest>(top[j]);
  }

  // total[j], of term(i, j) over all rows
  template <class Term>
  ATTUNE_INLINE void sum(const Term& term, Batch<T>* total) const {
    sum(0, n, term, total);
    for (int j = 0; j < count; ++j) total[j] = part.template joined<Sum>(total[j]);
  }

 private:
  // `rows` of them from `first` on: blocks of 64, these pairwise
  template <class Term>
  void sum(std::int64_t first, std::int64_t rows, const Term& term, Batch<T>* total) const {
    constexpr std::int64_t block = 64;
    if (rows > block) {
      const std::int64_t half = (rows / 2 + block - 1) / block * block;
      Batch<T> high[count];
      sum(first, half, term, total);
      sum(first + half, rows - half, term, high);
      for (int j = 0; j < count; ++j) total[j] += high[j];
      return;
    }
    Batch<T> running[count];
    for (int j = 0; j < count; ++j) running[j] = Batch<T>(T(0));
    for (std::int64_t i = first; i < first + rows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j) running[j] += term(i, j);
    }
    for (int j = 0; j < count; ++j) total[j] = running[j];
  }
};

// f(strip) for all columns, four batches at once, of several planes where they are narrow; two of
// what is left, or a processor would fetch each row twice (1000000 x 32 f32 on Zen 5: 31.9 ms one
// after the other, 14.5 so). A last
// batch that is not whole begins earlier and finds some columns again, with the same bits.
template <class T, class F>
ATTUNE_INLINE void for_strips(const Columns& of, const F& f) {
  if (of.planes == 0 || of.n == 0 || of.columns == 0) return;
  const std::int64_t size = of.n * of.row;
  const auto walk = [&](std::int64_t n, std::int64_t row, std::int64_t columns, auto part) {
    const std::int64_t last = columns < lanes<T> ? 0 : columns - lanes<T>;
    std::int64_t left = of.planes * ((columns + lanes<T> - 1) / lanes<T>), column = 0, plane = 0;
    const auto next = [&] {
      const std::int64_t at = plane + (column < last ? column : last);
      column += lanes<T>;
      if (column >= columns) {
        column = 0;
        plane += size;
      }
      return at;
    };
    const auto strips = [&]<int count>(std::integral_constant<int, count>) {
      for (; left >= count; left -= count) {
        Strip<T, count, decltype(part)> strip{n, row, {}, part};
        for (std::int64_t& at : strip.at) at = next();
        f(strip);
      }
    };
    strips(std::integral_constant<int, 4>());
    strips(std::integral_constant<int, 2>());
    strips(std::integral_constant<int, 1>());
  };
  if (of.columns >= lanes<T>) return walk(of.n, of.row, of.columns, Apart<T, WholeBatch<T>>{});
  if (of.columns > lanes<T> / 2 || of.columns < of.row)
    return walk(of.n, of.row, of.columns, Apart<T, Rest<T>>{{of.columns}});
  const std::int64_t step = lanes<T> / of.columns * of.columns, batches = (size + step - 1) / step;
  walk(batches, step, step, Wrapped<T>{of.columns, step, batches - 1, size - (batches - 1) * step});
}

template <class T>
void softmax_columns(const Columns& all, const T* x, T* y) {
  for_strips<T>(all, [=]<int count, class Part>(const Strip<T, count, Part>& strip) {
    Batch<T> top[count], total[count];
    strip.largest(x, top);
    strip.sum(
        [&](std::int64_t i, int j) ATTUNE_INLINE_LAMBDA {
          const Batch<T> e = math::exp<T>(strip.load(x, i, j, -infinity<T>) - top[j]);
          strip.store(e, y, i, j);
          return e;
        },
        total);
    DividedBy<T> share[count];
    for (int j = 0; j < count; ++j) share[j] = DividedBy<T>(total[j]);
    for (std::int64_t i = 0; i < strip.n; ++i) {
      Batch<T> row[count];  // all are read before one is written: two may have columns in common
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j) row[j] = share[j](strip.load(y, i, j));
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j) strip.store(row[j], y, i, j);
    }
  });
}

template <class T>
void log_softmax_columns(const Columns& all, const T* x, T* y) {
  for_strips<T>(all, [=]<int count, class Part>(const Strip<T, count, Part>& strip) {
    Batch<T> top[count], total[count];
    strip.largest(x, top);
    strip.sum(
        [&](std::int64_t i, int j) ATTUNE_INLINE_LAMBDA {
          return math::exp<T>(strip.load(x, i, j, -infinity<T>) - top[j]);
        },
        total);
    for (Batch<T>& value : total) value = math::log<T>(value);
    for (std::int64_t i = 0; i < strip.n; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j)
        strip.store((strip.load(x, i, j) - top[j]) - total[j], y, i, j);
    }
  });
}

// dx = y (g - sum(g y)), or that of the logarithm: g - exp(y) sum(g)
template <class T, bool logarithm>
void softmax_columns_backward(const Columns& all, const T* g, const T* y, T* dx) {
  for_strips<T>(all, [=]<int count, class Part>(const Strip<T, count, Part>& strip) {
    Batch<T> taken[count];
    strip.sum(
        [&](std::int64_t i, int j) ATTUNE_INLINE_LAMBDA {
          const Batch<T> slope = strip.load(g, i, j);
          return logarithm ? slope : strip.load(y, i, j) * slope;
        },
        taken);
    for (Batch<T>& value : taken) value = -value;
    for (std::int64_t i = 0; i < strip.n; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < count; ++j) {
        const Batch<T> value = strip.load(y, i, j), slope = strip.load(g, i, j);
        strip.store(logarithm ? math::exp<T>(value) * taken[j] + slope
                              : fma<T>(taken[j], value, value * slope),
                    dx, i, j);
      }
    }
  });
}

template <class T>
void fill(KernelsOf<T>& table) {
  table.softmax_columns = softmax_columns<T>;
  table.log_softmax_columns = log_softmax_columns<T>;
  table.softmax_columns_backward = softmax_columns_backward<T, false>;
  table.log_softmax_columns_backward = softmax_columns_backward<T, true>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
