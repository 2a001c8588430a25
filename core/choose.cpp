// Reductions that choose one element.
#include "core/choose.hpp"

#include <algorithm>
#include <vector>

#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/parallel.hpp"

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

template <class T, class Better>
std::int64_t extremum(const Column<T>& x, Better better) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < x.count; ++i) {
    if (better(x[i], x[best]) || (x[i] != x[i] && x[best] == x[best])) best = i;
  }
  return best;
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
std::int64_t chosen(Choice choice, const Column<T>& x) {
  switch (choice) {
    case Choice::largest:
      return extremum(x, [](T a, T b) { return a > b; });
    case Choice::smallest:
      return extremum(x, [](T a, T b) { return a < b; });
    default:
      return middle(x);
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
    parallel_for(group.outer, from.numel(), [&](std::int64_t i) {
      for (std::int64_t j = 0; j < group.inner; ++j) {
        to[i * group.inner + j] = chosen(
            choice,
            Column<T>{elements + i * group.count * group.inner + j, group.count, group.inner});
      }
    });
  });
  return result;
}

}  // namespace attune::internal
