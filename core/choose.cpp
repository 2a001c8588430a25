// Reductions that choose one element.
#include "core/choose.hpp"

#include <algorithm>
#include <vector>

#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune::internal {
namespace {

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

// Of a run: first the value, then its place, both in loops without branches.
template <bool largest, class T>
std::int64_t extremum(std::int64_t n, const T* x) {
  constexpr std::int64_t block = 64;  // (4 million f32 on Zen 5, us: 16 2750, 32 1720, 64 2010)
  std::int64_t best = 0, i = 1;
  for (; n - i >= block; i += block) {
    const T found = x[best];
    int any = 0;
    for (std::int64_t k = 0; k < block; ++k) any |= better<largest>(x[i + k], found) ? 1 : 0;
    if (any == 0) continue;
    for (std::int64_t k = 0; k < block; ++k)
      best = better<largest>(x[i + k], x[best]) ? i + k : best;
  }
  for (; i < n; ++i) best = better<largest>(x[i], x[best]) ? i : best;
  return best;
}

// Of each of `inner` columns, a band of them at a time. Places are counted in the size of the
// elements, so that both fit one register, and so in pieces of rows.
template <bool largest, class T>
void column_extrema(std::int64_t count, std::int64_t inner, const T* x, std::int64_t* to) {
  using Place = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  constexpr std::int64_t band = 256;  // (4096 x 1024 f32 on Zen 5, us: 64 1490, 128 1070, 256 1020)
  for (std::int64_t first = 0; first < inner; first += band) {
    const std::int64_t width = std::min(band, inner - first);
    T found[band];
    Place at[band];
    const T* const top = x + first;
    std::fill_n(to + first, width, 0);
    for (std::int64_t begin = 0; begin < count; begin += std::int64_t{1} << 30) {
      const std::int64_t rows = std::min(count - begin, std::int64_t{1} << 30);
      std::copy_n(top + begin * inner, width, found);
      std::fill_n(at, width, Place{0});
      for (std::int64_t i = 1; i < rows; ++i) {
        const T* const row = top + (begin + i) * inner;
        for (std::int64_t j = 0; j < width; ++j) {
          const bool take = better<largest>(row[j], found[j]);
          found[j] = take ? row[j] : found[j];
          at[j] = take ? static_cast<Place>(i) : at[j];
        }
      }
      for (std::int64_t j = 0; j < width; ++j) {
        if (begin == 0 || better<largest>(found[j], top[to[first + j] * inner + j]))
          to[first + j] = begin + at[j];
      }
    }
  }
}

template <class T>
std::int64_t middle(const Column<T>& x) {
  const std::int64_t nan = first_nan(x);
  if (nan < x.count) return nan;
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.count));
  for (std::int64_t i = 0; i < x.count; ++i) order[static_cast<std::size_t>(i)] = i;
  const auto half = order.begin() + (x.count - 1) / 2;
  std::nth_element(order.begin(), half, order.end(), [&](std::int64_t a, std::int64_t b) {
    return x[a] < x[b] || (x[a] == x[b] && a < b);
  });
  return *half;
}

template <class T>
void chosen(Choice choice, std::int64_t count, std::int64_t inner, const T* x, std::int64_t* to) {
  if (choice == Choice::middle) {
    for (std::int64_t j = 0; j < inner; ++j) to[j] = middle(Column<T>{x + j, count, inner});
  } else if (inner == 1) {
    *to = choice == Choice::largest ? extremum<true>(count, x) : extremum<false>(count, x);
  } else if (choice == Choice::largest) {
    column_extrema<true>(count, inner, x, to);
  } else {
    column_extrema<false>(count, inner, x, to);
  }
}

}  // namespace

Tensor choose(const char* operation, Choice choice, const Tensor& x, const Group& group) {
  const Tensor from = as_contiguous(operation, x, x.dtype());
  Tensor result = empty_tensor(operation, {group.outer, group.inner}, i64);
  std::int64_t* const to = data<std::int64_t>(result);
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const elements = data<T>(from);
    const std::int64_t slab = group.count * group.inner;
    const std::int64_t together =
        std::max<std::int64_t>(1, elementwise_chunk / std::max<std::int64_t>(slab, 1));
    parallel_for((group.outer + together - 1) / together, from.numel(), [&](std::int64_t chunk) {
      const std::int64_t end = std::min(group.outer, (chunk + 1) * together);
      for (std::int64_t i = chunk * together; i < end; ++i)
        chosen(choice, group.count, group.inner, elements + i * slab, to + i * group.inner);
    });
  });
  return result;
}

}  // namespace attune::internal
