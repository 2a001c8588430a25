// Operations over rows, by libtorch.
#include "bench/steps/rows.hpp"

#include "bench/steps/libtorch/operation.hpp"

namespace {
const bench::Registered registered(bench::rows<bench::Libtorch>());
}  // namespace
