// The general cases of comparisons and of logic.
#include "core/xtensor/define.hpp"

namespace attune::internal::general {

#define ATTUNE_DEFINE(name, ...) ATTUNE_DEFINE_BINARY(name, (__VA_ARGS__), over_arithmetic, bool)
ATTUNE_GENERAL_COMPARISON(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, ...) ATTUNE_DEFINE_BINARY(name, (__VA_ARGS__), over_bool, bool)
ATTUNE_GENERAL_BOOL_BINARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, ...) ATTUNE_DEFINE_BINARY(name, (__VA_ARGS__), over_integers, T)
ATTUNE_GENERAL_INTEGER_BINARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_integers, T)
ATTUNE_GENERAL_INTEGER_UNARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_bool, bool)
ATTUNE_GENERAL_BOOL_UNARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

void where(const Tensor& condition, const Tensor& a, const Tensor& b, Tensor& y) {
  visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    auto out = adapted<T>(y);
    xt::noalias(out) = xt::where(adapted<bool>(condition), adapted<T>(a), adapted<T>(b));
  });
}

}  // namespace attune::internal::general
