// Rows of <attune/ops/views.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

Input cube() { return any().shaped({2, 3, 4}, {31, 70, 41}); }

const Family rows(
    "views",
    {
        {"reshape", OF(reshape(x[0], {2, -1})), {any().shaped({3, 4}, {70, 1201})}, shaped},
        {"reshape:copied",
         OF(reshape(transpose(x[0], 0, 1), {2, -1})),
         {any().shaped({3, 4}, {70, 1201})},
         shaped},
        {"view", OF(view(contiguous(x[0]), {-1})), {any()}, shaped},
        {"flatten", OF(flatten(x[0], 1)), {cube()}, shaped},
        {"unflatten", OF(unflatten(x[0], 0, {-1, 2})), {any().shaped({4, 3}, {70, 1201})}, shaped},
        {"unsqueeze", OF(unsqueeze(x[0], -1)), {any()}, shaped},
        {"squeeze", OF(squeeze(x[0])), {any().shaped({1, 3, 1, 2}, {1, 700, 1, 41})}, shaped},
        {"squeeze:named",
         OF(squeeze(x[0], {0, 1})),
         {any().shaped({1, 3, 1, 2}, {1, 700, 1, 41})},
         shaped},
        {"transpose", OF(transpose(x[0], 0, -1)), {any()}, shaped},
        {"t", OF(t(x[0])), {any()}, shaped},
        {"permute", OF(permute(x[0], {2, 0, -2})), {cube()}, shaped},
        {"movedim", OF(movedim(x[0], {0, 1}, {-1, 0})), {cube()}, shaped},
        {"expand", OF(expand(x[0], {2, 3, 4})), {any().shaped({3, 1})}, shaped},
        {"broadcast_to", OF(broadcast_to(x[0], {2, 3, 4})), {any().shaped({3, 1})}, shaped},
        {"expand:kept", OF(expand(x[0], {5, -1, 400})), {any().shaped({3, 1}, {70, 1})}, shaped},
        {"select", OF(select(x[0], 0, -1)), {any()}, shaped},
        {"slice", OF(slice(x[0], -1, 1, -1, 2)), {any()}, shaped},
        {"narrow", OF(narrow(x[0], 1, 1, 2)), {any()}, shaped},
        {"split", OF(split(x[0], 2, -1).at(1)), {any()}, shaped},
        {"chunk", OF(chunk(x[0], 2).at(1)), {any()}, shaped},
        {"unbind", OF(unbind(x[0]).at(2)), {any()}, shaped},
        {"diagonal", OF(diagonal(x[0], 1, 2, 0)), {cube()}, shaped},
        {"diagonal:below", OF(diagonal(x[0], -1)), {any()}, shaped},
        {"unfold", OF(unfold(x[0], -1, 3, 1)), {cube()}, shaped},
        {"unfold:apart", OF(unfold(x[0], 0, 1, 2)), {cube()}, shaped},
        {"as_strided",
         OF(as_strided(x[0], {3, 3}, {1, 2})),
         {any().shaped({10}, {70000})},
         {.elementwise = false, .any_layout = false}},
        {"as_strided:shared",
         OF(as_strided(expand(x[0], {4, 3}), {2, 2}, {1, 1})),
         {any().shaped({1, 3})},
         {.elementwise = false, .any_layout = false}},
        {"detach", OF(detach(x[0])), {any()}, shaped_constant},
    });

}  // namespace
}  // namespace attune::tests
