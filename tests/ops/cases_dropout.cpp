// Rows of <attune/ops/dropout.hpp>: every evaluation of a row draws the same zeros.
#include "tests/ops/cases.hpp"

namespace attune::tests {
namespace {

const Family rows("dropout", {
                                 {"dropout", OF(dropout(x[0], 0.3)), {any()}, shaped},
                                 {"feature_dropout",
                                  OF(feature_dropout(x[0], 0.4)),
                                  {any().shaped({3, 4, 2}, {70, 100, 11})},
                                  shaped},
                             });

}  // namespace
}  // namespace attune::tests
