// Operations on images, by libtorch.
#include "bench/steps/images.hpp"

#include "bench/steps/libtorch/operation.hpp"

namespace {
const bench::Registered registered(bench::images<bench::Libtorch>());
}  // namespace
