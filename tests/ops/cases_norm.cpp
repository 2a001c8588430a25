// Rows of <attune/ops/norm.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Input channels = any().shaped({3}, {30});

const Family rows(
    "norm",
    {
        {"batch_norm",
         OF(batch_norm(x[0], x[1], x[2]).y),
         {any().shaped({5, 3}, {4001, 30}), channels, channels},
         shaped},
        {"batch_norm:series",
         OF(batch_norm(x[0], x[1], x[2], {.eps = 0.1}).y),
         {any().shaped({2, 3, 4}, {7, 30, 501}), channels, channels},
         shaped},
        {"batch_norm:images",
         OF(batch_norm(x[0], x[1], x[2]).y),
         {any().shaped({2, 3, 2, 3}, {5, 30, 43, 51}), channels, channels},
         shaped},
        {"batch_norm:plain", OF(batch_norm(x[0]).y), {any().shaped({5, 3}, {4001, 30})}, shaped},
        {"batch_norm:given",
         OF(batch_norm(x[0], {x[3].to(x[0].dtype()), x[4].to(x[0].dtype())}, x[1], x[2])),
         {any().shaped({2, 3, 4}, {7, 30, 501}), channels, channels, whole(-2, 2).shaped({3}, {30}),
          whole(1, 4).shaped({3}, {30})},
         shaped},
        {"layer_norm",
         OF(layer_norm(x[0], {4}, x[1], x[2])),
         {any().shaped({3, 4}, {20001, 4}), any().shaped({4}), any().shaped({4})},
         shaped},
        {"layer_norm:two_axes",
         OF(layer_norm(x[0], x[1].shape(), x[1], x[2], {.eps = 0.1})),
         {any().shaped({2, 3, 4}, {300, 7, 51}), any().shaped({3, 4}, {7, 51}),
          any().shaped({3, 4}, {7, 51})},
         shaped},
        {"layer_norm:plain", OF(layer_norm(x[0], {4})), {any().shaped({3, 4}, {20001, 4})}, shaped},
    });

}  // namespace
}  // namespace attune::tests
