// What is asked of a tensor as a whole, by backward and by optimizers, and adding one to another.
#include <algorithm>
#include <numeric>

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

namespace {

// The sum of term(x[i]) over a chunk, in lanes: one sum would wait for itself at each element.
// Lanes and chunks are the same on every machine, and so are the bits.
template <class Term>
double sum_part(DType dtype, const std::byte* x, std::int64_t n, Term term) {
  return visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    using Sum = decltype(term(zero));
    constexpr std::int64_t lanes = 16;
    const T* const part = reinterpret_cast<const T*>(x);
    Sum sums[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      for (std::int64_t k = 0; k < lanes; ++k) sums[k] += term(part[i + k]);
    }
    for (; i < n; ++i) sums[0] += term(part[i]);
    return static_cast<double>(std::accumulate(sums, sums + lanes, Sum(0)));
  });
}

template <class Part>
double sum_parts(const char* operation, const Tensor& x, Part part) {
  const Tensor in = as_contiguous(operation, x, x.dtype());
  const auto size = static_cast<std::int64_t>(size_of(in.dtype()));
  return sum_chunks(in.numel(), 1, [&](std::int64_t begin, std::int64_t n) {
    return part(in.dtype(), in.impl()->data + begin * size, n);
  });
}

}  // namespace

double part_sum_of_squares(DType dtype, const std::byte* x, std::int64_t n) {
  return sum_part(dtype, x, n, [](auto value) { return double{value} * double{value}; });
}

double sum_of_squares(const Tensor& x) {
  return sum_parts("sum_of_squares", x, part_sum_of_squares);
}

bool part_is_finite(DType dtype, const std::byte* x, std::int64_t n) {
  // x - x is 0 for a finite x and NaN for the others.
  return sum_part(dtype, x, n, [](auto value) { return value - value; }) == 0;
}

bool all_finite(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  return sum_parts("all_finite", x, [](DType dtype, const std::byte* part, std::int64_t n) {
           return part_is_finite(dtype, part, n) ? 0.0 : 1.0;
         }) == 0;
}

bool sole_owner(const Tensor& x) noexcept {
  const Impl& impl = *x.impl();
  return impl.handles.load(std::memory_order_acquire) == 1 && impl.storage &&
         !impl.storage->foreign && impl.storage->references.load(std::memory_order_acquire) == 1 &&
         impl.storage->in_graph.load(std::memory_order_relaxed) == 0;
}

}  // namespace attune::internal
