// What trace() owes every operation, over the table of cases.
#include <attune/trace.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <sstream>

#include "tests/ops/cases.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

Trace traced(const Case& row, std::span<const Tensor> operands) {
  return trace([&](std::span<const Tensor> x) { return row(x); }, operands);
}

std::string text(const Trace& trace) {
  std::ostringstream out;
  out << trace << trace.result;
  return out.str();
}

// The nodes from which the result is made.
std::set<std::size_t> needed(const Trace& trace) {
  std::set<std::size_t> found;
  std::vector<std::size_t> open{trace.result};
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    if (!found.insert(node).second) continue;
    for (const std::size_t input : trace.nodes[node].inputs) open.push_back(input);
  }
  return found;
}

// Whether other elements of that operand give the same result.
bool bears_nothing_on(const Case& row, std::vector<Tensor> operands, std::size_t operand) {
  const Tensor before = row(operands);
  Tensor& x = operands[operand];
  x = flip(x, {}).detach();
  if (is_floating(x.dtype())) x = mul(x, 0.75);
  return same_bits(before, row(operands));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(the_result_follows_from_every_operand) {
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << '/' << row.name) {
      const std::vector<Tensor> operands = draw_all(row);
      const Trace seen = traced(row, operands);
      const std::set<std::size_t> used = needed(seen);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (used.contains(i)) continue;
        BOOST_TEST(bears_nothing_on(row, operands, i), "operand " << i << " leads nowhere:\n"
                                                                  << text(seen));
      }
    }
  }
}

// What the trace does not tell apart has equal results.
BOOST_AUTO_TEST_CASE(arguments_are_attributes) {
  for (const Case& row : cases()) {
    const std::vector<Tensor> operands = draw_all(row);
    const std::string of_row = text(traced(row, operands));
    for (const Case& other : cases()) {
      if (other.operation() != row.operation() || other.name == row.name) continue;
      const auto same = [](const Input& a, const Input& b) {
        return a.shape == b.shape && a.dtype == b.dtype && a.low == b.low && a.high == b.high;
      };
      if (!std::ranges::equal(row.inputs, other.inputs, same)) continue;
      if (text(traced(other, operands)) != of_row) continue;
      BOOST_TEST(same_bits(row(operands), other(operands)), row.name << " and " << other.name
                                                                     << " have one trace:\n"
                                                                     << of_row);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
