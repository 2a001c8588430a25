// Rows of <attune/ops/activation.hpp>.
#include <algorithm>

#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("activation", {
  {"relu", OF(relu(x[0])), {away({0})}, {.value = IS(std::max(x[0], 0.0))}},
  {"log_softmax", OF(log_softmax(x[0], -1)), {any()}, shaped},
});

}  // namespace
}  // namespace attune::tests
