// Rows of <attune/ops/loss.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("loss", {
  {"cross_entropy", OF(cross_entropy(x[0], x[1])),
   {any().shaped({4, 3}, {20000, 10}), whole(0, 3).shaped({4}, {20000})}, shaped},
});

}  // namespace
}  // namespace attune::tests
