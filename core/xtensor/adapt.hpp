// Tensors as xtensor arrays over the same memory: what the general case of an operation is written
// in.
#pragma once

#include <array>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>

#include "core/impl.hpp"

namespace attune::internal::general {

// The elements of `x`, at its own strides; T is the C++ type of its dtype.
template <class T>
auto adapted(const Tensor& x) {
  const Impl& impl = *x.impl();
  using Sizes = xt::svector<std::size_t, 8>;
  using Steps = xt::svector<std::ptrdiff_t, 8>;
  Sizes sizes(impl.shape.begin(), impl.shape.end());
  Steps steps(static_cast<std::size_t>(impl.shape.rank()));
  for (int i = 0; i < impl.shape.rank(); ++i) {
    // xtensor takes an axis of one element to have stride 0.
    steps[static_cast<std::size_t>(i)] = impl.shape[i] == 1 ? 0 : impl.strides[i];
  }
  // xtensor takes the number of elements, wherever the strides reach.
  return xt::adapt(reinterpret_cast<T*>(impl.data), static_cast<std::size_t>(impl.numel),
                   xt::no_ownership(), sizes, steps);
}

template <class Result, class T, class F>
void apply(F f, const Tensor& x, Tensor& y) {
  auto out = adapted<Result>(y);
  xt::noalias(out) = f(adapted<T>(x));
}

template <class Result, class T, class F>
void apply(F f, const Tensor& a, const Tensor& b, Tensor& y) {
  auto out = adapted<Result>(y);
  xt::noalias(out) = f(adapted<T>(a), adapted<T>(b));
}

}  // namespace attune::internal::general
