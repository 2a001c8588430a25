// The general case of reductions.
#include "core/xtensor/reduce.hpp"

#include <limits>
#include <xtensor/xreducer.hpp>

#include "core/xtensor/adapt.hpp"
#include "core/xtensor/define.hpp"

namespace attune::internal::general {
namespace {

template <class T>
auto grouped(const Group& group, const Tensor& x) {
  const std::array<std::size_t, 3> shape = {static_cast<std::size_t>(group.outer),
                                            static_cast<std::size_t>(group.count),
                                            static_cast<std::size_t>(group.inner)};
  return xt::adapt(data<T>(x), static_cast<std::size_t>(x.numel()), xt::no_ownership(), shape);
}

// join(join(start, x[0]), x[1]), ... along the middle axis, in the type of `start`.
template <class T, class Start, class Join>
void fold(const Group& group, const Tensor& x, Tensor& y, Start start, Join join) {
  const std::array<std::size_t, 2> shape = {static_cast<std::size_t>(group.outer),
                                            static_cast<std::size_t>(group.inner)};
  auto out = xt::adapt(data<T>(y), static_cast<std::size_t>(y.numel()), xt::no_ownership(), shape);
  xt::noalias(out) = xt::cast<T>(xt::reduce(
      xt::make_xreducer_functor(join, xt::const_value<Start>(start)), grouped<T>(group, x), {1}));
}

template <class T>
constexpr T lowest = std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                                 : std::numeric_limits<T>::min();
template <class T>
constexpr T highest = std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                                  : std::numeric_limits<T>::max();

}  // namespace

void sum(const Group& group, const Tensor& x, Tensor& y) {
  over_arithmetic(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    // f32 in double: one after the other, 2^24 equal numbers would be off by a sixth.
    using Wide = std::conditional_t<std::is_same_v<T, float>, double, T>;
    fold<T>(group, x, y, Wide(0), [](Wide a, T b) {
      if constexpr (std::is_integral_v<T>)  // signed ones would overflow without a meaning
        return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
      else
        return a + b;
    });
  });
}

void prod(const Group& group, const Tensor& x, Tensor& y) {
  over_arithmetic(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    fold<T>(group, x, y, T(1), [](T a, T b) {
      if constexpr (std::is_integral_v<T>)
        return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
      else
        return a * b;
    });
  });
}

void max(const Group& group, const Tensor& x, Tensor& y) {
  over_arithmetic(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    fold<T>(group, x, y, lowest<T>, [](T a, T b) { return a > b || a != a ? a : b; });
  });
}

void min(const Group& group, const Tensor& x, Tensor& y) {
  over_arithmetic(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    fold<T>(group, x, y, highest<T>, [](T a, T b) { return a < b || a != a ? a : b; });
  });
}

}  // namespace attune::internal::general
