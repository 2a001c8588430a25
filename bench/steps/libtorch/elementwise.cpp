// Elementwise operations, by libtorch.
#include "bench/steps/elementwise.hpp"

#include "bench/steps/libtorch/operation.hpp"

namespace {
const bench::Registered registered(bench::elementwise<bench::Libtorch>());
}  // namespace
