// What is asked of a tensor as a whole, by backward and by optimizers, and adding one to another.
#include <algorithm>

#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune::internal {

void accumulate(Tensor& sum, const Tensor& term) {
  const Tensor added = as_contiguous("accumulate", term, sum.dtype());
  visit_floating(sum.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto function = kernels().of<T>().accumulate;
    for_chunks(sum.numel(), 1,
               [&, from = data<T>(added), to = data<T>(sum)](std::int64_t begin, std::int64_t n) {
                 function(n, from + begin, to + begin);
               });
  });
}

double sum_of_squares(const Tensor& x) {
  const Tensor in = as_contiguous("sum_of_squares", x, x.dtype());
  return visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return sum_chunks(in.numel(), 1, [from = data<T>(in)](std::int64_t begin, std::int64_t length) {
      double squares = 0;
      for (std::int64_t i = begin; i < begin + length; ++i) {
        squares += double{from[i]} * double{from[i]};
      }
      return squares;
    });
  });
}

bool all_finite(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  const Tensor in = as_contiguous("all_finite", x, x.dtype());
  return visit_floating(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const from = data<T>(in);
    const std::int64_t n = in.numel();
    // x - x is 0 for a finite x and NaN for the others. Lanes, since one sum would wait for itself.
    constexpr std::int64_t lanes = 16;
    T folded[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      for (std::int64_t k = 0; k < lanes; ++k) folded[k] += from[i + k] - from[i + k];
    }
    for (; i < n; ++i) folded[0] += from[i] - from[i];
    return std::ranges::all_of(folded, [](T lane) { return lane == 0; });
  });
}

bool sole_owner(const Tensor& x) noexcept {
  const Impl& impl = *x.impl();
  return impl.handles.load(std::memory_order_acquire) == 1 && impl.storage &&
         !impl.storage->foreign && impl.storage->references.load(std::memory_order_acquire) == 1;
}

}  // namespace attune::internal
