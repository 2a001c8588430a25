// Elementwise operations, by attune.
#include "bench/steps/elementwise.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {
const bench::Registered registered(bench::elementwise<bench::Attune>());
}  // namespace
