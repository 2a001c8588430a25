// What is asked of a tensor as a whole, by backward and by optimizers, and adding one to another.
#include "attune/inside.hpp"
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

template <class T>
const T* elements(const std::byte* x) {
  return reinterpret_cast<const T*>(x);
}

template <class Part>
double sum_parts(const char* operation, const Tensor& x, Part part) {
  const Inside called(operation);
  const Tensor in = as_contiguous(operation, x, x.dtype());
  const auto size = static_cast<std::int64_t>(size_of(in.dtype()));
  return sum_chunks(in.numel(), 1, [&](std::int64_t begin, std::int64_t n) {
    return part(in.dtype(), in.impl()->data + begin * size, n);
  });
}

}  // namespace

double part_sum_of_squares(DType dtype, const std::byte* x, std::int64_t n) {
  return visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    return kernels().of<T>().sum_of_squares_in_f64(n, elements<T>(x));
  });
}

double sum_of_squares(const Tensor& x) {
  return sum_parts("sum_of_squares", x, part_sum_of_squares);
}

bool part_is_finite(DType dtype, const std::byte* x, std::int64_t n) {
  return visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    return kernels().of<T>().all_finite(n, elements<T>(x));
  });
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
