// Rows of <attune/ops/creation.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("creation", {
  {"empty", OF(empty({2, 3}).zero_()), {}, shaped_constant},
  {"zeros", OF(zeros({2, 3}, f64)), {}, shaped_constant},
  {"ones", OF(ones({2, 3})), {}, shaped_constant},
  {"full", OF(full({2, 3}, 2.5)), {}, shaped_constant},
  {"empty_like", OF(empty_like(x[0]).zero_()), {any()}, shaped_constant},
  {"zeros_like", OF(zeros_like(x[0])), {any()}, shaped_constant},
  {"ones_like", OF(ones_like(x[0])), {any()}, shaped_constant},
  {"full_like", OF(full_like(x[0], 3)), {any()}, shaped_constant},
});

}  // namespace
}  // namespace attune::tests
