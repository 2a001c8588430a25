// Rows of <attune/ops/conv.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Input image = any().shaped({2, 2, 5, 4}, {6, 4, 84, 72});
const Input kernels = any().shaped({3, 2, 3, 2}, {6, 4, 3, 2});
const Input grouped = any().shaped({4, 1, 2, 2}, {8, 2, 2, 2});
constexpr Conv2dOptions uneven{.stride = {2, 1}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}};
constexpr Conv2dOptions two_groups{.stride = 2, .padding = 1, .groups = 2};

const Family rows(
    "conv",
    {
        {"conv2d", OF(conv2d(x[0], x[1], x[2])), {image, kernels, any().shaped({3}, {6})}, shaped},
        {"conv2d:uneven",
         OF(conv2d(x[0], x[1], x[2], uneven)),
         {image, kernels, any().shaped({3}, {6})},
         shaped},
        {"conv2d:groups", OF(conv2d(x[0], x[1], two_groups)), {image, grouped}, shaped},
        {"conv2d:one by one",
         OF(conv2d(x[0], x[1])),
         {image, any().shaped({3, 2, 1, 1}, {70, 4, 1, 1})},
         shaped},
        {"conv2d:one image",
         OF(conv2d(x[0], x[1])),
         {any().shaped({2, 5, 4}, {4, 180, 150}), kernels},
         shaped},
        {"conv2d_backward_input",
         OF(conv2d_backward_input(
             x[0], x[1], {x[0].size(0), x[1].size(1), x[0].size(2) + 2, x[0].size(3) + 1})),
         {any().shaped({2, 3, 3, 3}, {6, 6, 82, 71}), kernels},
         shaped},
        {"conv2d_backward_weight",
         OF(conv2d_backward_weight(x[0], x[1], {x[0].size(1), x[1].size(1), 3, 2})),
         {any().shaped({2, 3, 3, 3}, {6, 6, 82, 71}), image},
         shaped},
        {"conv1d",
         OF(conv1d(x[0], x[1], x[2])),
         {any().shaped({2, 2, 7}, {9, 4, 9000}), any().shaped({3, 2, 3}, {6, 4, 3}),
          any().shaped({3}, {6})},
         shaped},
        {"conv1d:options",
         OF(conv1d(x[0], x[1], {.stride = 2, .padding = {3, 1}, .dilation = 2, .groups = 2})),
         {any().shaped({4, 7}, {4, 9000}), any().shaped({4, 2, 3}, {60, 2, 3})},
         shaped},
        {"conv_transpose2d",
         OF(conv_transpose2d(x[0], x[1], x[2])),
         {any().shaped({2, 3, 3, 2}, {6, 6, 82, 71}), kernels, any().shaped({2}, {4})},
         shaped},
        {"conv_transpose2d:options",
         OF(conv_transpose2d(x[0], x[1],
                             {.stride = {2, 3},
                              .padding = {1, 0, 2, 1},
                              .output_padding = {1, 2},
                              .dilation = {1, 2},
                              .groups = 2})),
         {any().shaped({4, 3, 2}, {8, 99, 87}), grouped},
         shaped},
    });

}  // namespace
}  // namespace attune::tests
