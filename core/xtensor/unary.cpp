// The unary general cases.
#include "core/xtensor/define.hpp"

namespace attune::internal::general {

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_floating)
ATTUNE_GENERAL_FLOATING_UNARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_arithmetic)
ATTUNE_GENERAL_ARITHMETIC_UNARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

}  // namespace attune::internal::general
