// Rows of <attune/ops/index.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

Input cube() { return any().shaped({2, 3, 4}, {31, 70, 41}); }

const Family rows(
    "index",
    {
        {"index_select",
         OF(index_select(x[0], 1, x[1])),
         {cube(), whole(0, 3).shaped({5}, {500})},
         shaped},
        {"index_select:rows",
         OF(index_select(x[0], 0, x[1])),
         {any().shaped({3, 4}, {9, 600}), whole(0, 3).shaped({5}, {500})},
         shaped},
        {"index_select:last",
         OF(index_select(x[0], -1, x[1])),
         {cube(), whole(0, 4).shaped({5}, {500})},
         shaped},
        {"gather",
         OF(gather(x[0], 1, x[1])),
         {any(), whole(0, 4).shaped({2, 5}, {7, 20000})},
         shaped},
        {"gather:rows",
         OF(gather(x[0], 0, x[1])),
         {any(), whole(0, 3).shaped({5, 4}, {9, 16387})},
         shaped},
        {"scatter_add",
         OF(scatter_add(x[0], 1, x[1], x[2])),
         {any(), whole(0, 4).shaped({2, 5}, {7, 20000}), any().shaped({3, 5}, {7, 20000})},
         shaped},
        {"scatter_add:rows",
         OF(scatter_add(x[0], 0, x[1], x[2])),
         {any(), whole(0, 3).shaped({5, 4}, {9, 16387}), any().shaped({5, 4}, {9, 16387})},
         shaped},
        {"masked_fill",
         OF(masked_fill(x[0], x[1], 7)),
         {cube(), flags().shaped({3, 1}, {70, 1})},
         shaped},
        {"one_hot", OF(one_hot(x[0], 3)), {whole(0, 3).shaped({2, 5}, {7, 2000})}, shaped_constant},
    });

}  // namespace
}  // namespace attune::tests
