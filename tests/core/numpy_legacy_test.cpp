// NumPy's legacy generator.
#include <attune/error.hpp>
#include <attune/random.hpp>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

using namespace attune;

namespace {

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }

bool is_value_error(const Error& e) { return e.kind() == ErrorKind::value; }

}  // namespace

// Values printed by tests/references/numpy_legacy.py with NumPy 2.4.6.
BOOST_AUTO_TEST_SUITE(numpy_legacy)

BOOST_AUTO_TEST_CASE(uniform_numbers) {
  NumpyLegacy three(3);
  for (const double expected : {0x1.1a022ec486c1ap-1, 0x1.6a9259f5c1b9ap-1, 0x1.29e2ee8f87b1ep-2,
                                0x1.058b32246f98cp-1, 0x1.c93057dbf8d2ap-1, 0x1.cae6ed81332adp-1})
    BOOST_TEST(bits_of(three.random_sample()) == bits_of(expected));
  NumpyLegacy seven(7);
  std::uint64_t sum = 0;
  for (int i = 0; i < 10000; ++i) sum += bits_of(seven.random_sample());
  BOOST_TEST(sum == 0xdee1d3fedc167990u);
  NumpyLegacy four(4);
  for (const double expected :
       {0x1.313ab7da6f4f2p+2, 0x1.d4a3e386af0a6p+0, 0x1.33c3394fea2e8p+2, 0x1.8079a2243644cp+1})
    BOOST_TEST(bits_of(four.uniform(-2, 5)) == bits_of(expected));
}

BOOST_AUTO_TEST_CASE(normal_numbers) {
  NumpyLegacy three(3);
  for (const double expected :
       {0x1.c9e38e3e13df2p+0, 0x1.befc703152c8ap-2, 0x1.8b40edd841de6p-4, -0x1.dd0ddb9948fd7p+0,
        -0x1.1c0ba72861dcdp-2, -0x1.6b45f017b0c89p-2})
    BOOST_TEST(bits_of(three.randn()) == bits_of(expected));
  NumpyLegacy six(6);
  for (const double expected : {0x1.3b02ef1f6f1c2p+3, 0x1.4baa0004a9246p+3, 0x1.437c31a692ce5p+3})
    BOOST_TEST(bits_of(six.normal(10, 0.5)) == bits_of(expected));
  NumpyLegacy five(5);  // sums, as C libraries may differ in a last digit of log
  double sum = 0, squares = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = five.randn();
    sum += value;
    squares += value * value;
  }
  BOOST_TEST(std::fabs(sum + 0x1.776e481c6e674p+1) < 1e-10);
  BOOST_TEST(std::fabs(squares - 0x1.39080fb428498p+13) < 1e-8);
}

BOOST_AUTO_TEST_CASE(whole_numbers) {
  const auto expect = [](std::int64_t low, std::int64_t high, std::vector<std::int64_t> values) {
    NumpyLegacy eight(8);
    for (const std::int64_t value : values) BOOST_TEST(eight.randint(low, high) == value);
  };
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  expect(0, 10, {3, 4, 1, 9, 5, 8});
  expect(-5, 1, {-2, -1, -4, -4, 0, -3});
  expect(0, std::int64_t{1} << 40,
         {837566358868, 1036115503465, 572852073434, 587622226771, 448490581695, 208787093357});
  expect(least, std::numeric_limits<std::int64_t>::max(),
         {6888556634303915348, 8643049736318478697, 6810437167947772890, 569186970996284243,
          -4930292153829085505, -9013101224371800211});
  expect(0, std::int64_t{1} << 32,
         {3751350723, 47736148, 4159850481, 1028385129, 3733162117, 1621423066});
  expect(4, 5, {4, 4, 4, 4, 4, 4});
  BOOST_CHECK_EXCEPTION(NumpyLegacy(1).randint(3, 3), Error, is_value_error);
}

BOOST_AUTO_TEST_CASE(orders) {
  const std::vector<std::int64_t> ten{7, 8, 2, 6, 4, 5, 1, 3, 0, 9};
  BOOST_TEST(NumpyLegacy(11).permutation(10) == ten, boost::test_tools::per_element());
  const std::vector<std::int64_t> big = NumpyLegacy(11).permutation(100000);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < big.size(); ++i) sum += static_cast<std::int64_t>(i) * big[i];
  BOOST_TEST(sum == 250185450903969);
  BOOST_TEST(NumpyLegacy(1).permutation(0).empty());
  BOOST_CHECK_EXCEPTION(NumpyLegacy(1).permutation(-1), Error, is_value_error);

  NumpyLegacy last(0xFFFFFFFF);  // a remembered normal number outlasts a shuffle
  last.randn();
  std::vector<std::int64_t> values{100, 101, 102, 103, 104, 105, 106};
  last.shuffle(values);
  const std::vector<std::int64_t> shuffled{105, 106, 104, 102, 103, 100, 101};
  BOOST_TEST(values == shuffled, boost::test_tools::per_element());
  BOOST_TEST(bits_of(last.randn()) == bits_of(0x1.56b192e507eeep-1));
  BOOST_TEST(bits_of(last.random_sample()) == bits_of(0x1.5db2e48dc1a98p-3));
}

BOOST_AUTO_TEST_SUITE_END()
