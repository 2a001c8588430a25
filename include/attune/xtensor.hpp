// Tensors as xtensor arrays over the same memory, and xtensor expressions as tensors. Compiled with
// the user's xtensor (0.24 or newer); the umbrella header leaves it out.
//
//   view<float>(x) = xt::cos(view<const float>(y));   // writes into x
//   Tensor z = tensor(xt::sum(view<const float>(x), {1}));
//
// Hand expressions over as they are: under C++20 the xt::eval of xtensor 0.24 takes a shape of any
// rank for one of four axes, and what it returns is wrong by itself.
//
// Layer: autograd.
#pragma once

#include <attune/ops/creation.hpp>
#include <attune/tensor.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <xtensor/xadapt.hpp>
#include <xtensor/xnoalias.hpp>

namespace attune {

namespace internal {

// A row-major tensor: assignment through xtensor's own semantics lands where it should.
template <class T>
auto adapt_rows(T* elements, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  const xt::dynamic_shape<std::size_t> sizes(shape.begin(), shape.end());
  return xt::adapt<xt::layout_type::row_major>(
      std::move(elements), static_cast<std::size_t>(tensor.numel()), xt::no_ownership(), sizes);
}

// Any strides, for reading: assigned to, such an adaptor would take over those of the expression.
template <class T>
auto adapt_strided(const T* elements, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  xt::dynamic_shape<std::size_t> sizes(shape.begin(), shape.end());
  xt::dynamic_shape<std::ptrdiff_t> steps(sizes.size());
  for (int i = 0; i < shape.rank(); ++i) {
    // xtensor takes an axis of one element to have stride 0.
    steps[static_cast<std::size_t>(i)] = shape[i] == 1 ? 0 : tensor.strides()[i];
  }
  // xtensor takes the number of elements, wherever the strides reach.
  return xt::adapt(std::move(elements), static_cast<std::size_t>(tensor.numel()),
                   xt::no_ownership(), sizes, steps);
}

}  // namespace internal

// The elements of `tensor` as an xtensor array that owns nothing: it is valid while some tensor
// sees the memory. `view<const T>` reads, at any strides; `view<T>` also writes, follows the rule
// on writing in place as mutable_data() does, and takes row-major tensors only. What is assigned to
// it must have its shape, which xtensor looks at only in part: another number of elements is a
// std::runtime_error, as many in another shape are taken in their order. No derivative flows
// through either. Errors: dtype unless T is the C++ type of tensor.dtype(); state as data()
// and mutable_data(), and for writing to a tensor that is not contiguous (compute into one that is,
// then copy_()).
template <class T>
auto view(const Tensor& tensor) {
  if constexpr (std::is_const_v<T>) {
    return internal::adapt_strided(tensor.data<std::remove_const_t<T>>(), tensor);
  } else {
    if (!tensor.is_contiguous()) {
      throw Error(ErrorKind::state, "view: writing to a tensor of shape " +
                                        to_string(tensor.shape()) + " with strides " +
                                        to_string(tensor.strides()) +
                                        ", which is not row-major: compute into a new tensor and "
                                        "copy_() that");
    }
    return internal::adapt_rows(Tensor(tensor).mutable_data<T>(), tensor);
  }
}
// A view of a tensor that ends with the statement would be left without memory.
template <class T>
void view(const Tensor&& tensor) = delete;

// An xtensor expression, evaluated into fresh row-major storage.
// Its value type must be that of an attune dtype, else the program does not compile:
// xt::cast<float>(e). Errors: shape beyond max_rank axes.
template <class E>
requires xt::is_xexpression<E>::value Tensor tensor(const E& expression) {
  using T = std::remove_cv_t<typename E::value_type>;
  Shape shape;
  for (auto size : expression.shape()) shape.push_back(static_cast<std::int64_t>(size));
  Tensor result = empty(shape, dtype_of<T>());
  auto elements = internal::adapt_rows(result.mutable_data<T>(), result);
  xt::noalias(elements) = expression;
  return result;
}

}  // namespace attune
