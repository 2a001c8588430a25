// The general cases of arithmetic on two operands.
#include "core/xtensor/define.hpp"
#include "core/xtensor/division.hpp"

namespace attune::internal::general {

#define ATTUNE_DEFINE(name, ...) ATTUNE_DEFINE_BINARY(name, (__VA_ARGS__), over_arithmetic, T)
ATTUNE_GENERAL_ARITHMETIC_BINARY(ATTUNE_DEFINE)
ATTUNE_GENERAL_DIVISION(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

#define ATTUNE_DEFINE(name, ...) ATTUNE_DEFINE_BINARY(name, (__VA_ARGS__), over_floating, T)
ATTUNE_GENERAL_FLOATING_BINARY(ATTUNE_DEFINE)
#undef ATTUNE_DEFINE

}  // namespace attune::internal::general
