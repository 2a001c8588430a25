// Rows of <attune/ops/embedding.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("embedding",
                  {
                      {"embedding",
                       OF(embedding(x[0], x[1])),
                       {whole(0, 4).shaped({2, 5}, {7, 200}), any().shaped({4, 3}, {9, 600})},
                       shaped},
                      {"embedding:padding",
                       OF(masked_fill(embedding(x[0], x[1], 1), unsqueeze(eq(x[0], 1), -1), 0)),
                       {whole(0, 4).shaped({2, 5}, {7, 200}), any().shaped({4, 3}, {9, 600})},
                       shaped},
                  });

}  // namespace
}  // namespace attune::tests
