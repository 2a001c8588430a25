// Every row computes the same bits, value and derivatives, at any number of threads.
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>

#include "core/parallel.hpp"
#include "tests/ops/check.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

struct Outcome {
  Tensor value;
  std::vector<Tensor> derivatives;
};

Outcome outcome(const Case& row, std::vector<Tensor> x) {
  Outcome result;
  result.value = row(x);
  if (row.traits.orders < 1) return result;
  for (Tensor& operand : x) {
    operand = operand.detach();
    if (operand.dtype() == f64) operand.set_requires_grad();
  }
  result.derivatives = derivatives(row, x);
  return result;
}

BOOST_AUTO_TEST_SUITE(thread_counts)

BOOST_AUTO_TEST_CASE(give_the_same_bits) {
  const int before = threads();
  int most = 0;
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      const std::vector<Tensor> x = draw_all_large(row);
      threads(1);
      const Outcome expected = outcome(row, x);
      for (const int count : {2, 3, 8}) {
        threads(count);
        internal::CountThreads counted;
        const Outcome other = outcome(row, x);
        most = std::max(most, counted.distinct());
        BOOST_TEST(same_bits(other.value, expected.value));
        for (std::size_t i = 0; i < expected.derivatives.size(); ++i) {
          if (!expected.derivatives[i].defined()) continue;
          BOOST_TEST(same_bits(other.derivatives[i], expected.derivatives[i]));
        }
      }
    }
  }
  threads(before);
  BOOST_TEST(most == 8);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
