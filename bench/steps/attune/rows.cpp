// Operations over rows, by attune.
#include "bench/steps/rows.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {
const bench::Registered registered(bench::rows<bench::Attune>());
}  // namespace
