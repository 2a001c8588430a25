// The general case of the product of matrices: rows of B, scaled and added to a row of C.
#include "core/product.hpp"

#include "core/xtensor/adapt.hpp"

namespace attune::internal::general {
namespace {

// n elements, `step` apart. REQUIRES: a step that is not negative.
template <class T>
auto vector(T* data, std::int64_t n, std::int64_t step) {
  const std::array<std::size_t, 1> shape = {static_cast<std::size_t>(n)};
  // xtensor takes an axis of one element to have stride 0.
  const std::array<std::ptrdiff_t, 1> strides = {n == 1 ? 0 : step};
  // xtensor wants the number of elements here, not how far they reach.
  return xt::adapt(data, static_cast<std::size_t>(n), xt::no_ownership(), shape, strides);
}

template <class T>
void sum_of_rows(const Gemm<T>& p) {
  for (std::int64_t i = 0; p.n > 0 && i < p.m; ++i) {
    auto row = vector(p.c + i * p.c_row, p.n, 1);
    if (!p.accumulate) row.fill(T(0));
    for (std::int64_t k = 0; k < p.k; ++k) {
      xt::noalias(row) += p.a[i * p.a_row + k * p.a_col] * vector(p.b + k * p.b_row, p.n, p.b_col);
    }
    if (p.bias) xt::noalias(row) += vector(p.bias, p.n, 1);
  }
}

}  // namespace

void product(const Gemm<float>& p) { sum_of_rows(p); }
void product(const Gemm<double>& p) { sum_of_rows(p); }

}  // namespace attune::internal::general
