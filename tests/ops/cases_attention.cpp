// Rows of <attune/ops/attention.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Input queries = any().shaped({2, 3, 4, 5}, {2, 3, 150, 20});
const Input keys = any().shaped({2, 3, 6, 5}, {2, 3, 300, 20});
const Input values = any().shaped({2, 3, 6, 3}, {2, 3, 300, 12});

const Family rows(
    "attention",
    {
        {"scaled_dot_product_attention",
         OF(scaled_dot_product_attention(x[0], x[1], x[2])),
         {queries, keys, values},
         shaped},
        {"scaled_dot_product_attention:causal",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true, .scale = -0.7})),
         {queries, keys, values},
         shaped},
        {"scaled_dot_product_attention:more queries than keys",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true})),
         {any().shaped({6, 3}, {700, 16}), any().shaped({4, 3}, {300, 16}),
          any().shaped({4, 2}, {300, 16})},
         shaped},
        {"scaled_dot_product_attention:seen",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3]})),
         {queries, keys, values, flags().shaped({3, 4, 6}, {3, 150, 300})},
         shaped},
        {"scaled_dot_product_attention:added",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3], .causal = true})),
         {queries, keys, values, any().shaped({4, 6}, {150, 300})},
         shaped},
        {"scaled_dot_product_attention:broadcast",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3]})),
         {any().shaped({2, 1, 4, 5}, {8, 1, 70, 20}), any().shaped({3, 6, 5}, {3, 90, 20}),
          any().shaped({6, 3}, {90, 12}), any().shaped({2, 1, 1, 6}, {8, 1, 1, 90})},
         shaped},
        {"scaled_dot_product_attention:dropout",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.dropout = 0.4})),
         {queries, keys, values},
         shaped},
    });

}  // namespace
}  // namespace attune::tests
