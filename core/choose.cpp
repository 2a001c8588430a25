// Reductions that choose one element.
#include "core/choose.hpp"

#include <algorithm>

#include "attune/inside.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

// f(number) for `count` numbers, small ones many in a chunk; each looks at so many elements.
template <class F>
void in_turns(std::int64_t count, std::int64_t elements, const F& f) {
  const std::int64_t together =
      std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(elements, 1));
  parallel_for((count + together - 1) / together, count * elements, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(count, (chunk + 1) * together);
    for (std::int64_t number = chunk * together; number < end; ++number) f(number);
  });
}

template <class T>
struct Column {
  const T* first;
  std::int64_t count, step;
  T operator[](std::int64_t i) const { return first[i * step]; }
};

template <class T>
std::int64_t first_nan(const Column<T>& x) {
  std::int64_t i = 0;
  while (i < x.count && x[i] == x[i]) ++i;
  return i;
}

// Of one type, and the largest or the smallest.
template <class T>
struct Extremes {
  explicit Extremes(bool most)
      : largest(most), columns(kernels().typed.columns[most ? 0 : 1][type]) {}

  std::int64_t of_run(std::int64_t n, const T* x) const {
    T value;
    if constexpr (std::is_floating_point_v<T>)
      value = kernels().of<T>().reduce[static_cast<int>(largest ? Reduce::max : Reduce::min)](n, x);
    else
      kernels().typed.extreme[largest ? 0 : 1][type](n, x, &value);
    return kernels().typed.place[type](n, x, &value);
  }

  // Whether a value is taken for one at an earlier place.
  bool takes(T later, T first) const {
    return (largest ? later > first : later < first) || (later != later && first == first);
  }

  static constexpr int type = static_cast<int>(dtype_of<T>());
  bool largest;
  RunColumns columns;
};

// Rows of so few elements are compared as columns of their transpose: alone, each element would
// wait for the one before it. (Of 65536 x 10 f32 on Zen 5 1.98 ms as rows, .36 as columns.)
constexpr std::int64_t narrow_row = 32;

template <class T>
void row_extrema(const Extremes<T>& extremes, std::int64_t rows, std::int64_t count, const T* x,
                 std::int64_t* to) {
  if (count > narrow_row) {
    for (std::int64_t i = 0; i < rows; ++i) to[i] = extremes.of_run(count, x + i * count);
    return;
  }
  const RunTranspose transpose = kernels().typed.transpose[extremes.type];
  alignas(64) T turned[narrow_row * extrema_band];
  for (std::int64_t i = 0; i < rows; i += extrema_band) {
    const std::int64_t width = std::min(extrema_band, rows - i);
    transpose(count, width, x + i * count, count, turned, width);
    extremes.columns(count, width, turned, width, to + i);
  }
}

// Along the middle axis of x [outer, count, inner].
template <class T>
void extrema(const Extremes<T>& extremes, const Group& group, const T* x, std::int64_t* to) {
  const std::int64_t outer = group.outer, count = group.count, inner = group.inner;
  const std::int64_t work = outer * count * inner;
  if (work == 0) return;
  if (inner > 1) {
    const std::int64_t bands = (inner + extrema_band - 1) / extrema_band;
    in_turns(outer * bands, count * std::min(inner, extrema_band), [&](std::int64_t number) {
      const std::int64_t i = number / bands, first = number % bands * extrema_band;
      extremes.columns(count, std::min(extrema_band, inner - first), x + i * count * inner + first,
                       inner, to + i * inner + first);
    });
    return;
  }
  const std::int64_t pieces = (count + elementwise_chunk - 1) / elementwise_chunk;
  if (pieces == 1) {
    const std::int64_t together = elementwise_chunk / count;
    parallel_for((outer + together - 1) / together, work, [&](std::int64_t chunk) {
      const std::int64_t begin = chunk * together;
      row_extrema(extremes, std::min(together, outer - begin), count, x + begin * count,
                  to + begin);
    });
    return;
  }
  PooledList<std::int64_t> places(static_cast<std::size_t>(outer * pieces));
  parallel_for(outer * pieces, work, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk % pieces * elementwise_chunk;
    places[static_cast<std::size_t>(chunk)] =
        begin + extremes.of_run(std::min(elementwise_chunk, count - begin),
                                x + chunk / pieces * count + begin);
  });
  for (std::int64_t i = 0; i < outer; ++i) {
    const std::int64_t* const place = places.data() + i * pieces;
    const T* const row = x + i * count;
    to[i] = place[0];
    for (std::int64_t k = 1; k < pieces; ++k)
      if (extremes.takes(row[place[k]], row[to[i]])) to[i] = place[k];
  }
}

template <class T>
std::int64_t middle(const Column<T>& x) {
  const std::int64_t nan = first_nan(x);
  if (nan < x.count) return nan;
  PooledList<std::int64_t> order(static_cast<std::size_t>(x.count));
  for (std::int64_t i = 0; i < x.count; ++i) order[static_cast<std::size_t>(i)] = i;
  const auto half = order.begin() + (x.count - 1) / 2;
  std::nth_element(order.begin(), half, order.end(), [&](std::int64_t a, std::int64_t b) {
    return x[a] < x[b] || (x[a] == x[b] && a < b);
  });
  return *half;
}

template <class T>
void middles(const Group& group, const T* x, std::int64_t* to) {
  const std::int64_t slab = group.count * group.inner;
  in_turns(group.outer * group.inner, group.count, [&](std::int64_t number) {
    const std::int64_t i = number / group.inner, j = number % group.inner;
    to[number] = middle(Column<T>{x + i * slab + j, group.count, group.inner});
  });
}

}  // namespace

Tensor choose(const char* operation, Choice choice, const Tensor& x, const Group& group) {
  const Inside called(operation);
  const Tensor from = as_contiguous(operation, x, x.dtype());
  Tensor result = empty_tensor(operation, {group.outer, group.inner}, i64);
  std::int64_t* const to = data<std::int64_t>(result);
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const elements = data<T>(from);
    if (choice == Choice::middle) return middles(group, elements, to);
    extrema(Extremes<T>(choice == Choice::largest), group, elements, to);
  });
  return result;
}

}  // namespace attune::internal
