// Rows of <attune/ops/creation.hpp> and <attune/ops/random.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family constants("creation",
                       {
                           {"empty", OF(empty({2, 3}).zero_()), {}, shaped_constant},
                           {"zeros", OF(zeros({2, 3}, f64)), {}, shaped_constant},
                           {"ones", OF(ones({2, 3})), {}, shaped_constant},
                           {"full", OF(full({2, 3}, 2.5)), {}, shaped_constant},
                           {"empty_like", OF(empty_like(x[0]).zero_()), {any()}, shaped_constant},
                           {"zeros_like", OF(zeros_like(x[0])), {any()}, shaped_constant},
                           {"ones_like", OF(ones_like(x[0])), {any()}, shaped_constant},
                           {"full_like", OF(full_like(x[0], 3)), {any()}, shaped_constant},
                           {"arange", OF(arange(-2, 3, 0.1, f64)), {}, shaped_constant},
                           {"linspace", OF(linspace(0, 1, 100001)), {}, shaped_constant},
                           {"eye", OF(eye(3, 4)), {}, shaped_constant},
                       });

// As many elements as it takes to be drawn in parallel.
constexpr std::int64_t many = 100000;
Tensor room() { return empty({many}); }

const Family draws(
    "random",
    {
        {"rand", OF(rand({many})), {}, shaped_constant},
        {"rand_like", OF(rand_like(x[0])), {any()}, shaped_constant},
        {"randn", OF(randn({many}, f64)), {}, shaped_constant},
        {"randn_like", OF(randn_like(x[0])), {any()}, shaped_constant},
        {"randint", OF(randint(-5, 5, {many})), {}, shaped_constant},
        {"randperm", OF(randperm(1000)), {}, shaped_constant},
        {"normal", OF(normal(3, 2, {many})), {}, shaped_constant},
        {"normal:tensors", OF(normal(x[0], x[1])), {any(), positive()}, shaped_constant},
        {"bernoulli", OF(bernoulli(0.3, {many})), {}, shaped_constant},
        {"bernoulli:tensor", OF(bernoulli(x[0])), {within(0, 1)}, shaped_constant},
        {"multinomial", OF(multinomial(x[0], 3)), {positive()}, shaped_constant},
        {"multinomial:replacement", OF(multinomial(x[0], 50, true)), {positive()}, shaped_constant},
        {"uniform_", OF([](Tensor t) { return uniform_(t, -1, 1); }(room())), {}, shaped_constant},
        {"normal_", OF([](Tensor t) { return normal_(t, 1, 2); }(room())), {}, shaped_constant},
        {"trunc_normal_",
         OF([](Tensor t) { return trunc_normal_(t); }(room())),
         {},
         shaped_constant},
    });

}  // namespace
}  // namespace attune::tests
