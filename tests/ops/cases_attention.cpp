// Rows of <attune/ops/attention.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Input queries = any().shaped({2, 3, 4, 5}, {2, 2, 134, 12});
const Input keys = any().shaped({2, 3, 6, 5}, {2, 2, 262, 12});
const Input values = any().shaped({2, 3, 6, 3}, {2, 2, 262, 7});

// Of two heads: queries and keys of 6 numbers, values of 4, results of 5.
const Input long_queries = any().shaped({2, 4, 6}, {3, 150, 16});
const Input long_keys = any().shaped({2, 5, 3}, {3, 300, 12});
const Input long_values = any().shaped({2, 5, 4}, {3, 300, 8});
// Four products one after another, of numbers around 1.
constexpr Traits in_heads{.elementwise = false, .f32_tolerance = 1e-5};

Input weight(std::int64_t small_out, std::int64_t small_in, std::int64_t out, std::int64_t in) {
  return any().shaped({small_out, small_in}, {out, in});
}
Input bias(std::int64_t small, std::int64_t large) { return any().shaped({small}, {large}); }

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
         {any().shaped({6, 3}, {700, 9}), any().shaped({4, 3}, {262, 9}),
          any().shaped({4, 2}, {262, 9})},
         shaped},
        {"scaled_dot_product_attention:seen",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3]})),
         {queries, keys, values, flags().shaped({3, 4, 6}, {2, 134, 262})},
         shaped},
        {"scaled_dot_product_attention:added",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3], .causal = true})),
         {queries, keys, values, any().shaped({4, 6}, {134, 262})},
         shaped},
        {"scaled_dot_product_attention:broadcast",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3]})),
         {any().shaped({2, 1, 4, 5}, {8, 1, 70, 9}), any().shaped({3, 6, 5}, {3, 90, 9}),
          any().shaped({6, 3}, {90, 7}), any().shaped({2, 1, 1, 6}, {8, 1, 1, 90})},
         shaped},
        {"scaled_dot_product_attention:dropout",
         OF(scaled_dot_product_attention(x[0], x[1], x[2], {.dropout = 0.4})),
         {queries, keys, values},
         shaped},
        {"multi_head_attention",
         OF(multi_head_attention(x[0], x[1], x[2],
                                 {.query = {x[3]}, .key = {x[4]}, .value = {x[5]}, .out = {x[6]}},
                                 2)),
         {long_queries, long_keys, long_values, weight(6, 6, 32, 16), weight(6, 3, 32, 12),
          weight(4, 4, 16, 8), weight(5, 4, 20, 16)},
         in_heads},
        {"multi_head_attention:biases",
         OF(multi_head_attention(x[0], x[0], x[0],
                                 {.query = {x[1], x[2]},
                                  .key = {x[3], x[4]},
                                  .value = {x[5], x[6]},
                                  .out = {x[7], x[8]}},
                                 2, {.mask = x[9], .causal = true, .scale = 0.4})),
         {long_queries, weight(6, 6, 32, 16), bias(6, 32), weight(6, 6, 32, 16), bias(6, 32),
          weight(4, 6, 16, 16), bias(4, 16), weight(5, 4, 20, 16), bias(5, 20),
          any().shaped({2, 1, 4, 4}, {3, 1, 150, 150})},
         in_heads},
    });

}  // namespace
}  // namespace attune::tests
