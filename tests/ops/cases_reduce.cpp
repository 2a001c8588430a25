// Rows of <attune/ops/reduce.hpp>.
#include <limits>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Elements in three axes, of which any may be reduced; the large ones exceed the blocks of a sum.
Input cube() { return any().shaped({2, 3, 4}, {3, 700, 41}); }
Input small(Input input) { return input.shaped({2, 3, 4}, {2, 30, 11}); }

// Of numbers so far from 0 that what rounding took from their mean is looked for: f32 rounds the
// numbers as well.
constexpr Traits far{.elementwise = false, .f32_tolerance = 2e-5};

const Family rows(
    "reduce",
    {
        {"sum", OF(sum(x[0])), {any()}, shaped},
        {"sum:axis", OF(sum(x[0], 0, true)), {any()}, shaped},
        {"sum:middle", OF(sum(x[0], 1)), {cube()}, shaped},
        {"sum:list", OF(sum(x[0], {0, -1})), {cube()}, shaped},
        {"mean", OF(mean(x[0], 1)), {any()}, shaped},
        {"mean:list", OF(mean(x[0], {0, -1}, true)), {cube()}, shaped},
        {"sum_to", OF(sum_to(x[0], {1, 4})), {any().shaped({3, 4}, {30000, 4})}, shaped},
        {"prod", OF(prod(x[0])), {any().shaped({5}, {60})}, shaped},
        {"prod:axis", OF(prod(x[0], 1, true)), {small(away({0}))}, shaped},
        {"prod:list", OF(prod(x[0], {0, -1})), {small(any())}, shaped},
        {"prod:zeros",
         OF(prod(mul(x[0], ones({3}, x[0].dtype()) - one_hot(scalar_tensor(1), 3)), 1)),
         {any().shaped({2, 3})},
         shaped},
        {"any", OF(any(x[0], 0)), {cube()}, shaped_constant},
        {"all", OF(all(x[0], {0, 2}, true)), {cube()}, shaped_constant},
        {"count_nonzero", OF(count_nonzero(x[0], -1)), {cube()}, shaped_constant},

        {"amax", OF(amax(x[0], {0, -1})), {cube()}, shaped},
        {"amax:rows", OF(amax(x[0], 0, true)), {any().shaped({3, 4}, {30000, 4})}, shaped},
        {"amin", OF(amin(x[0], 1)), {cube()}, shaped},
        {"max", OF(max(x[0])), {any()}, shaped},
        {"max:values", OF(max(x[0], 1).values), {cube()}, shaped},
        {"max:indices", OF(max(x[0], 1).indices), {cube()}, shaped_constant},
        {"min", OF(min(x[0])), {any()}, shaped},
        {"min:values", OF(min(x[0], -1, true).values), {cube()}, shaped},
        {"argmax", OF(argmax(x[0])), {any()}, shaped_constant},
        {"argmax:axis", OF(argmax(x[0], 1, true)), {cube()}, shaped_constant},
        {"argmin", OF(argmin(x[0])), {any()}, shaped_constant},
        {"argmin:axis", OF(argmin(x[0], 0)), {cube()}, shaped_constant},
        {"median", OF(median(x[0])), {any()}, shaped},
        {"median:values", OF(median(x[0], 1).values), {cube()}, shaped},

        {"var", OF(var(x[0], {0, -1})), {cube()}, shaped},
        {"var:correction", OF(var(x[0], 1, true, 0)), {cube()}, shaped},
        {"var:far", OF(var(add(x[0], 64), 1)), {cube()}, far},
        {"std", OF(attune::std(x[0], 1)), {cube()}, shaped},
        {"var_mean", OF(var_mean(x[0], 1).var), {cube()}, shaped},
        {"var_mean:mean", OF(var_mean(x[0], 1).mean), {cube()}, shaped},
        {"var_mean:far", OF(var_mean(add(x[0], 64), {0, 2}).mean), {cube()}, far},
        {"norm", OF(norm(x[0])), {any()}, shaped},
        {"norm:1", OF(norm(x[0], 1, 0)), {away({0})}, shaped},
        {"norm:3", OF(norm(x[0], 3, {0, 2}, true)), {small(away({0}))}, shaped},
        {"norm:largest", OF(norm(x[0], infinity, 1)), {cube()}, shaped},
        {"norm:smallest", OF(norm(x[0], -infinity, 1)), {small(away({0}))}, shaped},
        {"norm:count", OF(norm(x[0], 0, 1)), {cube()}, shaped_constant},
        {"logsumexp", OF(logsumexp(x[0], 1)), {cube()}, shaped},
        {"logsumexp:list", OF(logsumexp(x[0], {0, -1}, true)), {cube()}, shaped},
    });

}  // namespace
}  // namespace attune::tests
