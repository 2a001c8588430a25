// Rows of <attune/ops/pool.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Input planes = any().shaped({2, 3, 5, 6}, {8, 16, 31, 30});
const Input small_planes = any().shaped({2, 3, 5, 6}, {64, 70, 5, 6});  // each one window
constexpr PoolOptions overlapping{
    .kernel = 3, .stride = Size2d{2, 1}, .padding = {1, 0}, .ceil_mode = true};
constexpr PoolOptions inside{
    .kernel = {3, 2}, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false};

const Family rows(
    "pool",
    {
        {"max_pool2d", OF(max_pool2d(x[0], {.kernel = 2})), {planes}, shaped},
        {"max_pool2d:overlapping", OF(max_pool2d(x[0], overlapping)), {planes}, shaped},
        {"avg_pool2d", OF(avg_pool2d(x[0], {.kernel = 2})), {planes}, shaped},
        {"avg_pool2d:overlapping", OF(avg_pool2d(x[0], overlapping)), {planes}, shaped},
        {"avg_pool2d:inside", OF(avg_pool2d(x[0], inside)), {planes}, shaped},
        {"max_pool2d:planes", OF(max_pool2d(x[0], {.kernel = {5, 6}})), {small_planes}, shaped},
        {"adaptive_avg_pool2d:planes", OF(adaptive_avg_pool2d(x[0], 1)), {planes}, shaped},
        {"adaptive_avg_pool2d", OF(adaptive_avg_pool2d(x[0], {2, 4})), {planes}, shaped},
    });

}  // namespace
}  // namespace attune::tests
