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

template <bool largest, class T>
bool better(T a, T b) {
  return (largest ? a > b : a < b) || (a != a && b == b);
}

template <bool largest, class T>
T extreme_value(std::int64_t n, const T* x) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr Reduce op = largest ? Reduce::max : Reduce::min;
    return kernels().of<T>().reduce[static_cast<int>(op)](n, x);
  } else {
    constexpr int ways = 8;  // one would wait for the one before it
    T best[ways];
    std::fill_n(best, ways, *x);
    const auto take = [&](int way, T value) {
      best[way] = better<largest>(value, best[way]) ? value : best[way];
    };
    std::int64_t i = 0;
    for (; i + ways <= n; i += ways)
      for (int way = 0; way < ways; ++way) take(way, x[i + way]);
    for (; i < n; ++i) take(0, x[i]);
    for (int way = 1; way < ways; ++way) take(0, best[way]);
    return best[0];
  }
}

// Of a run: first the value, then its place, block by block.
template <bool largest, class T>
std::int64_t extremum(std::int64_t n, const T* x) {
  const T value = extreme_value<largest>(n, x);
  const bool nan = value != value;
  const auto found = [=](T element) {
    return static_cast<int>(element == value) | static_cast<int>(nan && element != element);
  };
  constexpr std::int64_t block = 64;  // between two looks at what was found
  std::int64_t i = 0;
  for (; i + block <= n; i += block) {
    int any = 0;
    for (std::int64_t k = 0; k < block; ++k) any |= found(x[i + k]);
    if (any != 0) break;
  }
  while (i + 1 < n && found(x[i]) == 0) ++i;
  return i;
}

// Columns that are compared at once. (4096 x 1024 f32 on Zen 5, us: 64 1490, 128 1070, 256 1020.)
constexpr std::int64_t band = 256;

// Of each of at most `band` columns, whose rows are `row` elements apart. Places are counted in the
// size of the elements, so that both fit one register, and so in pieces of rows.
template <bool largest, class T>
void column_extrema(std::int64_t count, std::int64_t width, const T* x, std::int64_t row,
                    std::int64_t* to) {
  using Place = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  T found[band];
  Place at[band];
  std::fill_n(to, width, 0);
  for (std::int64_t begin = 0; begin < count; begin += std::int64_t{1} << 30) {
    const std::int64_t rows = std::min(count - begin, std::int64_t{1} << 30);
    std::copy_n(x + begin * row, width, found);
    std::fill_n(at, width, Place{0});
    for (std::int64_t i = 1; i < rows; ++i) {
      const T* const next = x + (begin + i) * row;
      for (std::int64_t j = 0; j < width; ++j) {
        const bool take = better<largest>(next[j], found[j]);
        found[j] = take ? next[j] : found[j];
        at[j] = take ? static_cast<Place>(i) : at[j];
      }
    }
    for (std::int64_t j = 0; j < width; ++j)
      if (begin == 0 || better<largest>(found[j], x[to[j] * row + j])) to[j] = begin + at[j];
  }
}

// Rows of so few elements are compared as columns of their transpose: alone, each element would
// wait for the one before it. (Of 65536 x 10 f32 on Zen 5 1.98 ms as rows, .36 as columns.)
constexpr std::int64_t narrow_row = 32;

template <bool largest, class T>
void row_extrema(std::int64_t rows, std::int64_t count, const T* x, std::int64_t* to) {
  if (count > narrow_row) {
    for (std::int64_t i = 0; i < rows; ++i) to[i] = extremum<largest>(count, x + i * count);
    return;
  }
  const RunTranspose transpose = kernels().typed.transpose[static_cast<int>(dtype_of<T>())];
  alignas(64) T turned[narrow_row * band];
  for (std::int64_t i = 0; i < rows; i += band) {
    const std::int64_t width = std::min(band, rows - i);
    transpose(count, width, x + i * count, count, turned, width);
    column_extrema<largest>(count, width, turned, width, to + i);
  }
}

// Along the middle axis of x [outer, count, inner].
template <bool largest, class T>
void extrema(const Group& group, const T* x, std::int64_t* to) {
  const std::int64_t outer = group.outer, count = group.count, inner = group.inner;
  const std::int64_t work = outer * count * inner;
  if (work == 0) return;
  if (inner > 1) {
    const std::int64_t bands = (inner + band - 1) / band;
    in_turns(outer * bands, count * std::min(inner, band), [&](std::int64_t number) {
      const std::int64_t i = number / bands, first = number % bands * band;
      column_extrema<largest>(count, std::min(band, inner - first), x + i * count * inner + first,
                              inner, to + i * inner + first);
    });
    return;
  }
  const std::int64_t pieces = (count + elementwise_chunk - 1) / elementwise_chunk;
  if (pieces == 1) {
    const std::int64_t together = elementwise_chunk / count;
    parallel_for((outer + together - 1) / together, work, [&](std::int64_t chunk) {
      const std::int64_t begin = chunk * together;
      row_extrema<largest>(std::min(together, outer - begin), count, x + begin * count, to + begin);
    });
    return;
  }
  PooledList<std::int64_t> places(static_cast<std::size_t>(outer * pieces));
  parallel_for(outer * pieces, work, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk % pieces * elementwise_chunk;
    places[static_cast<std::size_t>(chunk)] =
        begin + extremum<largest>(std::min(elementwise_chunk, count - begin),
                                  x + chunk / pieces * count + begin);
  });
  for (std::int64_t i = 0; i < outer; ++i) {
    const std::int64_t* const place = places.data() + i * pieces;
    const T* const row = x + i * count;
    to[i] = place[0];
    for (std::int64_t k = 1; k < pieces; ++k)
      if (better<largest>(row[place[k]], row[to[i]])) to[i] = place[k];
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
    if (choice == Choice::largest) return extrema<true>(group, elements, to);
    if (choice == Choice::smallest) return extrema<false>(group, elements, to);
    middles(group, elements, to);
  });
  return result;
}

}  // namespace attune::internal
