// Derivatives of every row: against central differences, and with broadcast operands.
#include <boost/test/unit_test.hpp>

#include "tests/ops/check.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(gradients)

BOOST_AUTO_TEST_CASE(first_order) {
  for (const Case& row : cases()) {
    if (row.traits.orders < 1) continue;
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      BOOST_TEST(first_order_error(row, draw_all(row)) <= row.traits.tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(second_order) {
  for (const Case& row : cases()) {
    if (row.traits.orders < 2) continue;
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      BOOST_TEST(second_order_error(row, draw_all(row)) <= row.traits.tolerance);
    }
  }
}

// A row says that its derivative is nonzero, or that there is none.
BOOST_AUTO_TEST_CASE(exist_where_the_row_says_so) {
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      std::vector<Tensor> x = draw_all(row);
      bool differentiable = false;
      for (Tensor& operand : x) {
        if (operand.dtype() == f64) operand.set_requires_grad();
        differentiable = differentiable || operand.dtype() == f64;
      }
      if (!differentiable) continue;
      bool found = false;
      for (const Tensor& gradient : derivatives(row, x)) found = found || gradient.defined();
      BOOST_TEST(found == (row.traits.orders > 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_broadcast_operands) {
  const std::vector<std::vector<Shape>> layouts = {
      {{3, 4}, {4}, {1, 1}}, {{}, {2, 3}, {3}}, {{3, 1}, {1, 4}, {}}, {{1}, {}, {2, 3}}};
  for (const Case& row : cases()) {
    if (row.traits.orders < 1 || !row.traits.elementwise || row.inputs.size() < 2) continue;
    for (const std::vector<Shape>& shapes : layouts) {
      BOOST_TEST_CONTEXT(row.family << ' ' << row.name << ' ' << shapes[0] << shapes[1]) {
        std::vector<Tensor> x;
        for (std::size_t i = 0; i < row.inputs.size(); ++i) {
          x.push_back(draw(row, i, shapes[i % shapes.size()]));
        }
        BOOST_TEST(first_order_error(row, x) <= row.traits.tolerance);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
