// Reductions, by attune.
#include "bench/steps/reduce.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {
const bench::Registered registered(bench::reduce<bench::Attune>());
}  // namespace
