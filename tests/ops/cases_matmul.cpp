// Rows of <attune/ops/matmul.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("matmul", {
  {"mm", OF(mm(x[0], x[1])), {any().shaped({3, 4}, {120, 90}), any().shaped({4, 2}, {90, 70})}, shaped},
  {"affine", OF(affine(x[0], x[1], x[2])),
   {any().shaped({3, 4}, {120, 90}), any().shaped({2, 4}, {70, 90}), any().shaped({2}, {70})}, shaped},
});

}  // namespace
}  // namespace attune::tests
