// The general case of reductions.
#include "core/xtensor/reduce.hpp"

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

template <class T>
auto reduced(const Group& group, const Tensor& y) {
  const std::array<std::size_t, 2> shape = {static_cast<std::size_t>(group.outer),
                                            static_cast<std::size_t>(group.inner)};
  return xt::adapt(data<T>(y), static_cast<std::size_t>(y.numel()), xt::no_ownership(), shape);
}

}  // namespace

void sum(const Group& group, const Tensor& x, Tensor& y) {
  over_arithmetic(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    auto out = reduced<T>(group, y);
    xt::noalias(out) = xt::sum<T>(grouped<T>(group, x), {1});
  });
}

}  // namespace attune::internal::general
