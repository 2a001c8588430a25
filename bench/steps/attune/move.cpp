// What moves elements, by attune.
#include "bench/steps/move.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {
const bench::Registered registered(bench::move<bench::Attune>());
}  // namespace
