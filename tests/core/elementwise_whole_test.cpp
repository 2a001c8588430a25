// all_finite sees every place of a tensor, whatever its length and layout; a sum of squares has the
// same bits on every machine.
#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/elementwise.hpp"
#include "core/kernels.hpp"
#include "tests/core/normal.hpp"

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

// In sixteen sums, element i to sum i % 16, but for what is left at the end: that goes to the
// first.
template <class T>
void check_squares() {
  for (std::int64_t n = 0; n < 70; ++n) {
    std::vector<T> x = tests::normal<T>(n, 0, 3, 1);
    double sums[16] = {}, expected = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const double square = static_cast<double>(x[static_cast<std::size_t>(i)]) *
                            static_cast<double>(x[static_cast<std::size_t>(i)]);
      sums[i < n / 16 * 16 ? i % 16 : 0] += square;
    }
    for (const double sum : sums) expected += sum;
    x.push_back(std::numeric_limits<T>::quiet_NaN());
    for (const std::string& isa : internal::available_isas())
      BOOST_TEST(internal::kernels_for(isa).of<T>().sum_of_squares_in_f64(n, x.data()) == expected,
                 n << " elements on " << isa);
  }
}

BOOST_AUTO_TEST_CASE(squares_add_up_to_the_same_bits_on_every_instruction_set) {
  check_squares<float>();
  check_squares<double>();
}

BOOST_AUTO_TEST_CASE(f32_add_up_in_f64_to_the_same_bits_on_every_instruction_set) {
  for (const std::int64_t n : {0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 49, 100, 1003}) {
    std::vector<float> x;
    double sums[16] = {};
    for (std::int64_t i = 0; i < n; ++i) {
      x.push_back(static_cast<float>(std::sin(static_cast<double>(i))));
      sums[i % 16] += static_cast<double>(x.back());
    }
    for (int half = 8; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) sums[k] += sums[half + k];
    x.push_back(std::numeric_limits<float>::quiet_NaN());
    for (const std::string& isa : internal::available_isas())
      BOOST_TEST(internal::kernels_for(isa).f32.sum_in_f64(n, x.data()) == sums[0],
                 n << " elements on " << isa);
  }
}

BOOST_AUTO_TEST_CASE(looks_at_the_elements_of_a_view_only) {
  const float infinite = std::numeric_limits<float>::infinity();
  const Tensor x = tensor(std::vector<float>{1, infinite, 2, infinite, 3, infinite}, {3, 2});
  BOOST_TEST(internal::all_finite(select(x, 1, 0)));
  BOOST_TEST(!internal::all_finite(transpose(x, 0, 1)));
}

BOOST_AUTO_TEST_SUITE_END()
