// The unary general cases but for trigonometry.
#include "core/xtensor/define.hpp"

namespace attune::internal::general {

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_floating, T)
ATTUNE_GENERAL_EXPONENTIAL(ATTUNE_DEFINE)
ATTUNE_GENERAL_ROUNDING(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_floating, bool)
ATTUNE_GENERAL_PREDICATE(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, expression) ATTUNE_DEFINE_UNARY(name, expression, over_arithmetic, T)
ATTUNE_GENERAL_ARITHMETIC_UNARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

}  // namespace attune::internal::general
