// Softmax and its logarithm along rows, value and derivative, once per instruction set.
#include "core/kernels.hpp"
#include "core/simd/divided_by.hpp"
#include "core/simd/math_log.hpp"
#include "core/simd/rows.hpp"

namespace attune::internal {
namespace {

template <class T, int count>
ATTUNE_INLINE void largest_of_rows(std::int64_t n, const T* x, T* y) {
  fold_rows<Largest, T, count>(n, -infinity<T>, y,
                               [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
                                 return part.load(x + r * n + i, -infinity<T>);
                               });
}

template <class T, int count>
ATTUNE_INLINE void sum_of_rows(std::int64_t n, const T* x, T* y) {
  fold_rows<Sum, T, count>(n, T(0), y, [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
    return part.load(x + r * n + i, T(0));
  });
}

// Rows that do not fill a batch: what is written in part and read again would wait for itself.
template <class T, int count>
ATTUNE_INLINE void softmax_of_parts(std::int64_t n, const T* x, T* y) {
  Batch<T> e[count];
  T top[count], total[count];
#pragma GCC unroll 16
  for (int r = 0; r < count; ++r) e[r] = load_part<T>(x + r * n, n, -infinity<T>);
  join_lanes_of<Largest, T, count>(e, top);
#pragma GCC unroll 16
  for (int r = 0; r < count; ++r) e[r] = math::exp<T>(e[r] - Batch<T>(top[r]));
  join_lanes_of<Sum, T, count>(e, total);
#pragma GCC unroll 16
  for (int r = 0; r < count; ++r) store_part<T>(DividedBy<T>(total[r])(e[r]), y + r * n, n);
}

template <class T>
void softmax(std::int64_t rows, std::int64_t n, const T* all_x, T* all_y) {
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    constexpr int count = at_once;
    const T* const x = all_x + row * n;
    T* const y = all_y + row * n;
    if (n < lanes<T>) return softmax_of_parts<T, count>(n, x, y);
    T top[count], total[count];
    largest_of_rows<T, count>(n, x, top);
    for (int r = 0; r < count; ++r) {
      const T* const from = x + r * n;
      T* const to = y + r * n;
      const Batch<T> shift(top[r]);
      batches<T>(n, [=](std::int64_t i, auto part) {
        fetch_next_row<T>(i, count * n, from);
        part.store(math::exp<T>(part.load(from + i, T(0)) - shift), to + i);
      });
    }
    sum_of_rows<T, count>(n, y, total);
    for (int r = 0; r < count; ++r) {
      T* const to = y + r * n;
      const DividedBy<T> share(total[r]);
      batches<T>(n, [=](std::int64_t i, auto part) {
        fetch_next_row<T>(i, count * n, to);
        part.store(share(part.load(to + i, T(0))), to + i);
      });
    }
  });
}

// Of short rows, the logarithms of as many as a batch has lanes at once: long ones would have left
// the first-level cache when their results are written.
template <class T>
void log_softmax(std::int64_t rows, std::int64_t n, const T* x, T* y) {
  alignas(64) T top[lanes<T>], total[lanes<T>];
  const int together = n <= 256 ? lanes<T> : 1;
  for (; rows > 0; rows -= together, x += together * n, y += together * n) {
    const int count = rows < together ? static_cast<int>(rows) : together;
    Batch<T>(T(1)).store_aligned(total);
    for_rows<T>(count, n, [&](std::int64_t row, auto at_once) {
      const T* const from = x + row * n;
      const T* const largest = top + row;
      largest_of_rows<T, at_once>(n, from, top + row);
      fold_rows<Sum, T, at_once>(
          n, T(0), total + row, [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
            return math::exp<T>(part.load(from + r * n + i, -infinity<T>) - Batch<T>(largest[r]));
          });
    });
    math::log<T>(Batch<T>::load_aligned(total)).store_aligned(total);
    for (int row = 0; row < count; ++row) {
      const Batch<T> shift(top[row]), log_total(total[row]);
      map<T>(n, x + row * n, y + row * n,
             [=](const Batch<T>& v) { return (v - shift) - log_total; });
    }
  }
}

// dx = y (g - sum(g y)), or that of the logarithm: g - exp(y) sum(g)
template <class T, bool logarithm>
void softmax_backward(std::int64_t rows, std::int64_t n, const T* all_g, const T* all_y,
                      T* all_dx) {
  for_rows<T>(rows, n, [=](std::int64_t row, auto at_once) {
    constexpr int count = at_once;
    const T *const g = all_g + row * n, *const y = all_y + row * n;
    T* const dx = all_dx + row * n;
    T total[count];
    fold_rows<Sum, T, count>(n, T(0), total,
                             [=](int r, std::int64_t i, auto part) ATTUNE_INLINE_LAMBDA {
                               const Batch<T> slope = part.load(g + r * n + i, T(0));
                               return logarithm ? slope : part.load(y + r * n + i, T(0)) * slope;
                             });
    for (int r = 0; r < count; ++r) {
      const Batch<T> taken(-total[r]);
      const std::int64_t at = r * n;
      batches<T>(n, [=](std::int64_t i, auto part) {
        const Batch<T> value = part.load(y + at + i, T(0)), slope = part.load(g + at + i, T(0));
        part.store(
            logarithm ? math::exp<T>(value) * taken + slope : fma<T>(taken, value, value * slope),
            dx + at + i);
      });
    }
  });
}

template <class T>
void fill(KernelsOf<T>& table) {
  table.softmax = softmax<T>;
  table.log_softmax = log_softmax<T>;
  table.softmax_backward = softmax_backward<T, false>;
  table.log_softmax_backward = softmax_backward<T, true>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
