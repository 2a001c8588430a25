// Plain loops that the compiler vectorizes.
#include "core/reduce_whole.hpp"

#include <numeric>

#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/reduce_groups.hpp"

namespace attune::internal {
namespace {

// Signed sums would overflow without a meaning.
struct WholeSum {
  template <class From>
  static std::int64_t run(std::int64_t n, const From* x) {
    constexpr int ways = 8;  // one would wait for the one before it
    std::uint64_t sums[ways] = {};
    std::int64_t i = 0;
    for (; i + ways <= n; i += ways)
      for (int way = 0; way < ways; ++way) sums[way] += static_cast<std::uint64_t>(x[i + way]);
    for (; i < n; ++i) sums[0] += static_cast<std::uint64_t>(x[i]);
    return static_cast<std::int64_t>(std::accumulate(sums, sums + ways, std::uint64_t{0}));
  }
  template <class From>
  static void rows(std::int64_t m, std::int64_t n, const From* x, std::int64_t* __restrict y) {
    std::fill_n(y, n, 0);
    for (std::int64_t i = 0; i < m; ++i) {
      const From* const row = x + i * n;
      for (std::int64_t j = 0; j < n; ++j)
        y[j] = static_cast<std::int64_t>(static_cast<std::uint64_t>(y[j]) +
                                         static_cast<std::uint64_t>(row[j]));
    }
  }
};

template <bool largest>
struct WholeExtremum {
  template <class T>
  static T join(T a, T b) {
    return (largest ? a > b : a < b) ? a : b;
  }
  template <class T>
  static T run(std::int64_t n, const T* x) {
    T best;
    kernels().typed.extreme[largest ? 0 : 1][static_cast<int>(dtype_of<T>())](n, x, &best);
    return best;
  }
  template <class T>
  static void rows(std::int64_t m, std::int64_t n, const T* x, T* __restrict y) {
    std::copy_n(x, n, y);
    for (std::int64_t i = 1; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) y[j] = join(y[j], x[i * n + j]);
  }
};

}  // namespace

void reduce_whole(Reduce op, const Group& group, const Tensor& x, Tensor& y) {
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      const T* const from = data<T>(x);
      if (op == Reduce::sum) return reduce_group<WholeSum>(group, from, data<std::int64_t>(y));
      if constexpr (!std::is_same_v<T, bool>) {
        if (op == Reduce::max) return reduce_group<WholeExtremum<true>>(group, from, data<T>(y));
        reduce_group<WholeExtremum<false>>(group, from, data<T>(y));
      }
    }
  });
}

}  // namespace attune::internal
