// What moves elements, by libtorch.
#include "bench/steps/move.hpp"

#include "bench/steps/libtorch/operation.hpp"

namespace {
const bench::Registered registered(bench::move<bench::Libtorch>());
}  // namespace
