// Rows of <attune/ops/loss.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

constexpr Reduction none = Reduction::none, mean = Reduction::mean, total = Reduction::sum;

const Input apart = within(2.2, 4);  // from operands in [-2, 2)
const Input probability = within(0.05, 0.95);
const Input logits = any().shaped({4, 3}, {20000, 10});
const Input classes = whole(0, 3).shaped({4}, {20000});
const Input image = any().shaped({2, 3, 3, 3}, {40, 10, 20, 30});  // planes, not rows
const Input labels = whole(0, 3).shaped({2, 3, 3}, {40, 20, 30});
const Input weights = whole(1, 5).shaped({3}, {10});  // no derivative flows to them

const Family rows(
    "loss",
    {
        {"mse_loss", OF(mse_loss(x[0], x[1])), {any(), any()}, shaped},
        {"mse_loss:none", OF(mse_loss(x[0], x[1], {none})), {any(), any()}, shaped},
        {"mse_loss:sum", OF(mse_loss(x[0], x[1], {total})), {any(), any()}, shaped},
        {"l1_loss", OF(l1_loss(x[0], x[1])), {any(), apart}, shaped},
        {"l1_loss:none", OF(l1_loss(x[0], x[1], {none})), {any(), apart}, shaped},
        {"huber_loss", OF(huber_loss(x[0], x[1])), {any(), apart}, shaped},
        {"huber_loss:near",
         OF(huber_loss(x[0], x[1], {.delta = 7, .reduction = total})),
         {any(), apart},
         shaped},
        {"huber_loss:none",
         OF(huber_loss(x[0], x[1], {.delta = 0.1, .reduction = none})),
         {any(), apart},
         shaped},
        {"binary_cross_entropy",
         OF(binary_cross_entropy(x[0], x[1])),
         {probability, probability},
         shaped},
        {"binary_cross_entropy:weight",
         OF(binary_cross_entropy(x[0], x[1], {.weight = x[2], .reduction = total})),
         {probability, probability, positive().shaped({4}, {16387})},
         shaped},
        {"binary_cross_entropy_with_logits",
         OF(binary_cross_entropy_with_logits(x[0], x[1])),
         {any(), probability},
         shaped},
        {"binary_cross_entropy_with_logits:none",
         OF(binary_cross_entropy_with_logits(x[0], x[1], {.reduction = none})),
         {any(), probability},
         shaped},
        {"binary_cross_entropy_with_logits:weights",
         OF(binary_cross_entropy_with_logits(x[0], x[1], {.weight = x[2], .pos_weight = x[3]})),
         {any(), probability, positive(), positive().shaped({4}, {16387})},
         shaped},
        {"nll_loss", OF(nll_loss(x[0], x[1])), {logits, classes}, shaped},
        {"nll_loss:weight",
         OF(nll_loss(x[0], x[1], {.weight = x[2], .ignore_index = 1, .reduction = total})),
         {logits, classes, weights},
         shaped},
        {"nll_loss:images",
         OF(nll_loss(x[0], x[1], {.ignore_index = 2, .reduction = none})),
         {image, labels},
         shaped},
        {"cross_entropy", OF(cross_entropy(x[0], x[1])), {logits, classes}, shaped},
        {"cross_entropy:sum",
         OF(cross_entropy(x[0], x[1], {.ignore_index = 2, .reduction = total})),
         {logits, classes},
         shaped},
        {"cross_entropy:smoothed",
         OF(cross_entropy(
             x[0], x[1],
             {.weight = x[2], .ignore_index = 0, .label_smoothing = 0.2, .reduction = none})),
         {logits, classes, weights},
         shaped},
        {"cross_entropy:images",
         OF(cross_entropy(x[0], x[1], {.weight = x[2], .label_smoothing = 0.1, .reduction = mean})),
         {image, labels, weights},
         shaped},
        {"cross_entropy:probabilities",
         OF(cross_entropy(x[0], x[1], {.weight = x[2], .label_smoothing = 0.1})),
         {logits, within(0, 1).shaped({4, 3}, {20000, 10}), weights},
         shaped},
        {"cross_entropy:pixels",
         OF(cross_entropy(x[0], x[1], {.reduction = none})),
         {image, within(0, 1).shaped({2, 3, 3, 3}, {40, 10, 20, 30})},
         shaped},
    });

}  // namespace
}  // namespace attune::tests
