// Loops over contiguous arrays in whole batches. A tail is a padded batch, so the body's arithmetic
// is the only arithmetic and a result does not depend on where in an array its element stands.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/simd/part.hpp"

namespace attune::internal {
namespace {

// Of how many of n elements a loop of 20 instructions and more an element asks for the lines ahead:
// of none where the processor looks far enough by itself. (Functions of 16 MB of f32, ns an
// element: on the Xeon of docs/benchmarks_xeon.md, asked for 4 KB ahead in the first-level cache,
// exp .30 in place of .58, gelu .38 in place of .80; 1 KB ahead in the second-level cache, with and
// without: Zen 4 relu .198 and .196, Zen 5 relu .16 and .12, exp .18 and .14, gelu .20 and .16.)
ATTUNE_INLINE std::int64_t asked_ahead(std::int64_t n) {
#if defined(__x86_64__)
  return __builtin_cpu_is("amd") ? 0 : n;
#else
  return n;
#endif
}

// Asks for the lines 1 KB behind place i of arrays of `asked` elements, once for each line.
template <class T, class... Arrays>
ATTUNE_INLINE void fetch_ahead(std::int64_t i, std::int64_t asked, Arrays... arrays) {
  constexpr std::int64_t line = 64 / sizeof(T), ahead = 1024 / sizeof(T);
  if ((lanes<T> < line && i % line != 0) || i + ahead >= asked) return;
  (fetch_soon(arrays + i + ahead), ...);
}

// A batch of the `count` elements that are left, or of as many as it has lanes.
template <class T>
ATTUNE_INLINE Batch<T> load_up_to(const T* x, std::int64_t count) {
  return count >= lanes<T> ? Batch<T>::load_unaligned(x) : load_part<T>(x, count, T(1));
}
template <class T>
ATTUNE_INLINE void store_up_to(const Batch<T>& value, T* y, std::int64_t count) {
  if (count >= lanes<T>)
    value.store_unaligned(y);
  else
    store_part<T>(value, y, count);
}

// y = f(x). One copy of f for whole batches and the padded one: functions are long, and a call for
// each batch would load their constants anew.
template <class T, class F>
ATTUNE_INLINE void map(std::int64_t n, const T* x, T* y, F f) {
  const std::int64_t asked = asked_ahead(n);
  for (std::int64_t i = 0; i < n; i += lanes<T>) {
    fetch_ahead<T>(i, asked, x, y);
    store_up_to<T>(f(load_up_to<T>(x + i, n - i)), y + i, n - i);
  }
}

// y = f(a, b); a stride of 0 stands for one value against all.
template <class T, bool a_runs, bool b_runs, class F>
ATTUNE_INLINE void map2(std::int64_t n, const T* a, const T* b, T* y, F f) {
  if (n == 0) return;
  const Batch<T> a_value(a_runs ? T(0) : *a), b_value(b_runs ? T(0) : *b);
  const auto whole = [](const T* x) { return Batch<T>::load_unaligned(x); };
  std::int64_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>)
    Batch<T>(f(a_runs ? whole(a + i) : a_value, b_runs ? whole(b + i) : b_value))
        .store_unaligned(y + i);
  if (i == n) return;
  const auto part = [rest = n - i](const T* x) { return load_part<T>(x, rest, T(1)); };
  store_part<T>(f(a_runs ? part(a + i) : a_value, b_runs ? part(b + i) : b_value), y + i, n - i);
}

// The reductions: how two values join, batches or numbers, and the value that leaves others as they
// are, which is also the result of nothing.
struct Sum {
  template <class T>
  static constexpr T start = 0;
  template <class V>
  static V join(V a, V b) {
    return a + b;
  }
};

// n lanes joined: the upper half to the lower one, down to a single lane.
template <class Join, class T, int n, class Vector, int... i>
ATTUNE_INLINE T join_halves(const Vector& value, std::integer_sequence<int, i...>) {
  if constexpr (n == 1) {
    return value[0];
  } else {
    const auto half = Join::join(__builtin_shufflevector(value, value, i...),
                                 __builtin_shufflevector(value, value, (n / 2 + i)...));
    return join_halves<Join, T, n / 2>(half, std::make_integer_sequence<int, n / 4>());
  }
}

template <class Join, class T>
ATTUNE_INLINE T join_lanes(const Batch<T>& value) {
  constexpr int n = lanes<T>;
  typedef T Vector __attribute__((vector_size(n * sizeof(T))));
  return join_halves<Join, T, n>(__builtin_bit_cast(Vector, value),
                                 std::make_integer_sequence<int, n / 2>());
}

// Where entry i of the lower or upper halves of the values of two vectors lies: each of the n lanes
// holds n / width values of `width` lanes.
constexpr int half_lane(int n, int width, int i, bool upper) {
  const int value = i / (width / 2), of_one = n / width;
  return value % of_one * width + i % (width / 2) + (upper ? width / 2 : 0) +
         (value < of_one ? 0 : n);
}

template <class Join, int width, class Vector, int... i>
ATTUNE_INLINE Vector join_half_lanes(Vector x, Vector y, std::integer_sequence<int, i...>) {
  constexpr int n = sizeof...(i);
  return Join::join(__builtin_shufflevector(x, y, half_lane(n, width, i, false)...),
                    __builtin_shufflevector(x, y, half_lane(n, width, i, true)...));
}

// y[j] = join_lanes(values[j]), bit for bit, in a third of the steps, since what is left of two
// halves shares a vector.
template <class Join, class T, int count>
ATTUNE_INLINE void join_lanes_of(const Batch<T>* values, T* y) {
  constexpr int n = lanes<T>;
  if constexpr (count > n) {
    join_lanes_of<Join, T, n>(values, y);
    return join_lanes_of<Join, T, count - n>(values + n, y + n);
  } else {
    typedef T Vector __attribute__((vector_size(n * sizeof(T))));
    Vector left[count + 1];
#pragma GCC unroll 16
    for (int j = 0; j < count; ++j) left[j] = __builtin_bit_cast(Vector, values[j]);
    const auto join = [&]<int width, int vectors>(const auto& self) {
      if constexpr (width > 1) {
        if constexpr (vectors % 2 == 1) left[vectors] = left[vectors - 1];
#pragma GCC unroll 16
        for (int j = 0; j < (vectors + 1) / 2; ++j)
          left[j] = join_half_lanes<Join, width>(left[2 * j], left[2 * j + 1],
                                                 std::make_integer_sequence<int, n>());
        self.template operator()<width / 2, (vectors + 1) / 2>(self);
      }
    };
    join.template operator()<n, count>(join);
    std::memcpy(y, &left[0], count * sizeof(T));
  }
}

// step(running, x) over one block: four running values, then their tree.
template <class Join, class T, class Step>
ATTUNE_INLINE T fold_block(std::int64_t n, const T* x, T start, T pad, Step step) {
  constexpr int ways = 4;
  Batch<T> running[ways] = {Batch<T>(start), Batch<T>(start), Batch<T>(start), Batch<T>(start)};
  std::int64_t i = 0;
  for (; i + ways * lanes<T> <= n; i += ways * lanes<T>) {
#pragma GCC unroll 4
    for (int way = 0; way < ways; ++way)
      running[way] = step(running[way], Batch<T>::load_unaligned(x + i + way * lanes<T>));
  }
  int way = 0;
  for (; i + lanes<T> <= n; i += lanes<T>, ++way)
    running[way] = step(running[way], Batch<T>::load_unaligned(x + i));
  if (i < n) running[way] = step(running[way], load_part<T>(x + i, n - i, pad));
  return join_lanes<Join, T>(
      Join::join(Join::join(running[0], running[1]), Join::join(running[2], running[3])));
}

inline constexpr std::int64_t fold_length = 2048;  // of one block

// How many of n > fold_length elements are added first.
constexpr std::int64_t fold_half(std::int64_t n) {
  return (n / 2 + fold_length - 1) / fold_length * fold_length;
}

// step(running, x) from `start` over all n elements: blocks of a fixed size, joined pairwise. `pad`
// is an element that leaves a running value as it is.
template <class Join, class T, class Step>
T fold(std::int64_t n, const T* x, T start, T pad, Step step) {
  if (n <= fold_length) return fold_block<Join, T>(n, x, start, pad, step);
  const std::int64_t half = fold_half(n);
  const T low = fold<Join, T>(half, x, start, pad, step);
  return Join::join(low, fold<Join, T>(n - half, x + half, start, pad, step));
}

}  // namespace
}  // namespace attune::internal
