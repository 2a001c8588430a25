// Rows of <attune/ops/views.hpp>.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("views", {
  {"reshape", OF(reshape(x[0], {2, -1})), {any().shaped({3, 4})}, shaped},
  {"transpose", OF(transpose(x[0], 0, -1)), {any()}, shaped},
  {"t", OF(t(x[0])), {any()}, shaped},
  {"unsqueeze", OF(unsqueeze(x[0], -1)), {any()}, shaped},
  {"expand", OF(expand(x[0], {2, 3, 4})), {any().shaped({3, 1})}, shaped},
  {"slice", OF(slice(x[0], -1, 1, -1, 2)), {any()}, shaped},
  {"narrow", OF(narrow(x[0], 1, 1, 2)), {any()}, shaped},
  {"select", OF(select(x[0], 0, -1)), {any()}, shaped},
});

}  // namespace
}  // namespace attune::tests
