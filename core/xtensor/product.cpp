// The general case of the product of matrices: outer products, one for each index of k.
#include "core/product.hpp"

#include <xtensor/xview.hpp>

#include "core/xtensor/adapt.hpp"

namespace attune::internal::general {
namespace {

// REQUIRES: strides that are not negative.
template <class T>
auto matrix(T* data, std::int64_t m, std::int64_t n, std::int64_t row, std::int64_t column) {
  const auto size = [](std::int64_t value) { return static_cast<std::size_t>(value); };
  const std::array<std::size_t, 2> shape = {size(m), size(n)};
  // xtensor takes an axis of one element to have stride 0.
  const std::array<std::ptrdiff_t, 2> strides = {m == 1 ? 0 : row, n == 1 ? 0 : column};
  const std::size_t reach = size((m - 1) * row + (n - 1) * column + 1);
  return xt::adapt(data, reach, xt::no_ownership(), shape, strides);
}

template <class T>
void sum_of_outer_products(const Gemm<T>& p) {
  if (p.m <= 0 || p.n <= 0) return;
  auto c = matrix(p.c, p.m, p.n, p.c_row, 1);
  if (!p.accumulate) c.fill(T(0));
  if (p.k > 0) {
    const auto a = matrix(p.a, p.m, p.k, p.a_row, p.a_col);
    const auto b = matrix(p.b, p.k, p.n, p.b_row, p.b_col);
    for (std::int64_t k = 0; k < p.k; ++k) {
      xt::noalias(c) += xt::view(a, xt::all(), xt::range(k, k + 1)) *
                        xt::view(b, xt::range(k, k + 1), xt::all());
    }
  }
  if (p.bias) xt::noalias(c) += matrix(p.bias, 1, p.n, 0, 1);
}

}  // namespace

void product(const Gemm<float>& p) { sum_of_outer_products(p); }
void product(const Gemm<double>& p) { sum_of_outer_products(p); }

}  // namespace attune::internal::general
