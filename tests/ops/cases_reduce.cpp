// Rows of <attune/ops/reduce.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("reduce", {
  {"sum", OF(sum(x[0])), {any()}, shaped},
  {"sum:axis", OF(sum(x[0], 0, true)), {any()}, shaped},
  {"mean", OF(mean(x[0], 1)), {any()}, shaped},
  {"sum_to", OF(sum_to(x[0], {1, 4})), {any().shaped({3, 4}, {30000, 4})}, shaped},
});

}  // namespace
}  // namespace attune::tests
