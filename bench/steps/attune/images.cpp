// Operations on images, by attune.
#include "bench/steps/images.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {
const bench::Registered registered(bench::images<bench::Attune>());
}  // namespace
