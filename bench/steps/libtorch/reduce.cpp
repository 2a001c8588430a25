// Reductions, by libtorch.
#include "bench/steps/reduce.hpp"

#include "bench/steps/libtorch/operation.hpp"

namespace {
const bench::Registered registered(bench::reduce<bench::Libtorch>());
}  // namespace
