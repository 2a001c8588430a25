// Every row computes the same bits, value and derivatives, at any number of threads.
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/came.hpp"
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
  std::vector<Outcome> expected;
  threads(1);
  for (const Case& row : cases()) expected.push_back(outcome(row, draw_all_large(row)));
  for (const int count : {2, 3, 8}) {
    const int came = threads_that_came(count, [&] {
      std::size_t next = 0;
      for (const Case& row : cases()) {
        BOOST_TEST_CONTEXT(row.family << ' ' << row.name << " on " << count << " threads") {
          const Outcome& one = expected[next++];
          const Outcome other = outcome(row, draw_all_large(row));
          BOOST_TEST(same_bits(other.value, one.value));
          for (std::size_t i = 0; i < one.derivatives.size(); ++i) {
            if (!one.derivatives[i].defined()) continue;
            BOOST_TEST(same_bits(other.derivatives[i], one.derivatives[i]));
          }
        }
      }
    });
    BOOST_TEST(came >= count);
  }
  threads(before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
