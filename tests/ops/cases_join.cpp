// Rows of <attune/ops/join.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

Input cube() { return any().shaped({2, 3, 4}, {31, 70, 41}); }

const Family rows(
    "join",
    {
        {"cat", OF(cat({x[0], x[1], x[0]}, 1)), {any(), any().shaped({3, 2}, {7, 2})}, shaped},
        {"cat:rows", OF(cat({x[0], x[1]})), {any(), any()}, shaped},
        {"stack", OF(stack({x[0], x[1]}, 1)), {any(), any()}, shaped},
        {"hstack", OF(hstack({x[0], x[1]})), {any(), any()}, shaped},
        {"hstack:vectors",
         OF(hstack({x[0], x[1]})),
         {any().shaped({3}), any().shaped({2})},
         shaped},
        {"vstack", OF(vstack({x[0], x[1]})), {any(), any().shaped({4}, {16387})}, shaped},
        {"broadcast_tensors",
         OF(broadcast_tensors({x[0], x[1]}).at(0)),
         {any().shaped({3, 1}, {7, 1}), any()},
         shaped},
        {"meshgrid",
         OF(meshgrid({x[0], x[1]}).at(1)),
         {any().shaped({3}), any().shaped({2})},
         shaped},
        {"meshgrid:xy",
         OF(meshgrid({x[0], x[1]}, Indexing::xy).at(0)),
         {any().shaped({3}), any().shaped({2})},
         shaped},
        {"repeat", OF(repeat(x[0], {2, 1, 3})), {any().shaped({3, 4}, {70, 401})}, shaped},
        {"tile", OF(tile(x[0], {2})), {any()}, shaped},
        {"repeat_interleave", OF(repeat_interleave(x[0], 2, 0)), {any()}, shaped},
        {"repeat_interleave:flat", OF(repeat_interleave(x[0], 3)), {any()}, shaped},
        {"repeat_interleave:counts",
         OF(repeat_interleave(x[0], tensor({2, 0, 1}), 0)),
         {any().shaped({3, 4})},
         shaped},
        {"flip", OF(flip(x[0], {0, -1})), {cube()}, shaped},
        {"flip:all", OF(flip(x[0])), {any()}, shaped},
        {"roll", OF(roll(x[0], {1, -2}, {0, -1})), {cube()}, shaped},
        {"roll:flat", OF(roll(x[0], 5)), {any()}, shaped},
        {"contiguous", OF(contiguous(transpose(x[0], 0, 1))), {any()}, shaped},
        {"tril", OF(tril(x[0])), {cube()}, shaped},
        {"triu", OF(triu(x[0], 1)), {cube()}, shaped},
        {"diag", OF(diag(x[0], -1)), {any().shaped({3}, {300})}, shaped},
        {"diag:matrix", OF(diag(x[0], 1)), {any()}, shaped},
    });

}  // namespace
}  // namespace attune::tests
