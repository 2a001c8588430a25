// The general cases of circular and hyperbolic functions.
#include "core/xtensor/define.hpp"

namespace attune::internal::general {

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_floating, T)
ATTUNE_GENERAL_TRIGONOMETRIC(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

}  // namespace attune::internal::general
