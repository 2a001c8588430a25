// all_finite sees every place of a tensor, whatever its length and layout.
#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

#include "core/elementwise.hpp"

using namespace attune;

BOOST_AUTO_TEST_SUITE(elementwise_whole)

template <class T>
void check_every_place() {
  using Limits = std::numeric_limits<T>;
  for (std::size_t n = 0; n < 140; ++n) {
    std::vector<T> values(n, Limits::max());
    const auto shape = Shape{static_cast<std::int64_t>(n)};
    BOOST_TEST(internal::all_finite(tensor(values, shape)));
    for (std::size_t at = 0; at < n; ++at) {
      for (const T fault : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
        values[at] = fault;
        BOOST_TEST_CONTEXT(fault << " at " << at << " of " << n) {
          BOOST_TEST(!internal::all_finite(tensor(values, shape)));
        }
        values[at] = Limits::denorm_min();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(finds_a_fault_anywhere) {
  check_every_place<float>();
  check_every_place<double>();
}

BOOST_AUTO_TEST_CASE(looks_at_the_elements_of_a_view_only) {
  const float infinite = std::numeric_limits<float>::infinity();
  const Tensor x = tensor(std::vector<float>{1, infinite, 2, infinite, 3, infinite}, {3, 2});
  BOOST_TEST(internal::all_finite(select(x, 1, 0)));
  BOOST_TEST(!internal::all_finite(transpose(x, 0, 1)));
}

BOOST_AUTO_TEST_SUITE_END()
