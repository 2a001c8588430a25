// Rows of <attune/ops/matmul.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("matmul", {
  {"mm", OF(mm(x[0], x[1])), {any().shaped({3, 4}, {120, 90}), any().shaped({4, 2}, {90, 70})}, shaped},
  {"bmm", OF(bmm(x[0], x[1])),
   {any().shaped({2, 3, 4}, {40, 30, 50}), any().shaped({2, 4, 2}, {40, 50, 20})}, shaped},
  {"matmul", OF(matmul(x[0], x[1])),
   {any().shaped({3, 4}, {120, 90}), any().shaped({4, 2}, {90, 70})}, shaped},
  {"matmul:vectors", OF(matmul(x[0], x[1])), {any().shaped({5}, {3000}), any().shaped({5}, {3000})}, shaped},
  {"matmul:vector and matrix", OF(matmul(x[0], x[1])),
   {any().shaped({4}, {300}), any().shaped({4, 3}, {300, 900})}, shaped},
  {"matmul:batch and vector", OF(matmul(x[0], x[1])),
   {any().shaped({2, 3, 4}, {5, 60, 300}), any().shaped({4}, {300})}, shaped},
  {"matmul:batch and matrix", OF(matmul(x[0], x[1])),
   {any().shaped({2, 3, 4}, {20, 30, 50}), any().shaped({4, 2}, {50, 20})}, shaped},
  {"matmul:broadcast batches", OF(matmul(x[0], x[1])),
   {any().shaped({2, 1, 3, 4}, {8, 1, 30, 50}), any().shaped({3, 4, 2}, {5, 50, 20})}, shaped},
  {"matmul:matrix and batch", OF(matmul(x[0], x[1])),
   {any().shaped({3, 4}, {30, 50}), any().shaped({2, 4, 2}, {40, 50, 20})}, shaped},
  {"mv", OF(mv(x[0], x[1])), {any().shaped({3, 4}, {700, 300}), any().shaped({4}, {300})}, shaped},
  {"dot", OF(dot(x[0], x[1])), {any().shaped({5}, {3000}), any().shaped({5}, {3000})}, shaped},
  {"outer", OF(outer(x[0], x[1])), {any().shaped({3}, {300}), any().shaped({4}, {400})}, shaped},
  {"addmm", OF(addmm(x[0], x[1], x[2])),
   {any().shaped({2}, {70}), any().shaped({3, 4}, {120, 90}), any().shaped({4, 2}, {90, 70})}, shaped},
  {"addmm:scaled", OF(addmm(x[0], x[1], x[2], {.beta = 0.5, .alpha = -2})),
   {any().shaped({3, 2}, {120, 70}), any().shaped({3, 4}, {120, 90}), any().shaped({4, 2}, {90, 70})},
   shaped},
  {"affine", OF(affine(x[0], x[1], x[2])),
   {any().shaped({3, 4}, {120, 90}), any().shaped({2, 4}, {70, 90}), any().shaped({2}, {70})}, shaped},
  {"affine:batches", OF(affine(x[0], x[1])),
   {any().shaped({2, 3, 4}, {4, 30, 90}), any().shaped({2, 4}, {70, 90})}, shaped},
});

}  // namespace
}  // namespace attune::tests
