// From a line of xtensor to a function over every type of its list. Included by the .cpp files that
// expand the lists in general.hpp.
#pragma once

#include "core/xtensor/adapt.hpp"
#include "core/xtensor/general.hpp"

namespace attune::internal::general {

// f32, f64 and i64: map() and zip() bring the narrower integers to i64 and wrap the result.
template <class Visit>
void over_arithmetic(DType dtype, Visit&& visit) {
  if (dtype == i64)
    visit(std::int64_t{});
  else
    visit_floating(dtype, visit);
}

template <class Visit>
void over_floating(DType dtype, Visit&& visit) {
  visit_floating(dtype, visit);
}

template <class Visit>
void over_integers(DType, Visit&& visit) {
  visit(std::int64_t{});
}

template <class Visit>
void over_bool(DType, Visit&& visit) {
  visit(bool{});
}

}  // namespace attune::internal::general

// `expression` sees the operand as x, its element type as T; the result has type Result.
#define ATTUNE_DEFINE_UNARY(name, expression, over, Result)              \
  void name(const Tensor& operand, Tensor& y) {                          \
    over(operand.dtype(), [&](auto zero) {                               \
      using T = decltype(zero);                                          \
      apply<Result, T>([](auto&& x) { return expression; }, operand, y); \
    });                                                                  \
  }

// `expression` sees the operands as a and b.
#define ATTUNE_DEFINE_BINARY(name, expression, over, Result)                           \
  void name(const Tensor& left, const Tensor& right, Tensor& y) {                      \
    over(left.dtype(), [&](auto zero) {                                                \
      using T = decltype(zero);                                                        \
      apply<Result, T>([](auto&& a, auto&& b) { return expression; }, left, right, y); \
    });                                                                                \
  }
