// Names for operations of other families: what they call is what they say.
#include <attune/ops/aliases.hpp>
#include <attune/ops/index.hpp>
#include <attune/ops/join.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/ops/cases.hpp"
#include "tools/declared.hpp"

using namespace attune;
using tests::same_bits;

BOOST_AUTO_TEST_SUITE(aliases)

BOOST_AUTO_TEST_CASE(every_other_name_gives_the_same_bits) {
  const Tensor x = tensor({{0.25, 0.5, 0.75}, {0.125, 0.875, 0.5}}), y = flip(x, {});
  const Tensor index = tensor({1, 0});
  std::set<std::string> checked;
  const auto same = [&](const char* name, const Tensor& a, const Tensor& b) {
    checked.insert(name);
    BOOST_TEST(a.shape() == b.shape(), name);
    BOOST_TEST(same_bits(a, b), name);
  };
#define ALIAS(name, arguments, expected) same(#name, name arguments, expected)
  ALIAS(absolute, (neg(x)), x);
  ALIAS(negative, (x), mul(x, -1));
  ALIAS(arcsin, (x), asin(x));
  ALIAS(arccos, (x), acos(x));
  ALIAS(arctan, (x), atan(x));
  ALIAS(arcsinh, (x), asinh(x));
  ALIAS(arccosh, (add(x, 1)), acosh(add(x, 1)));
  ALIAS(arctanh, (x), atanh(x));
  ALIAS(arctan2, (x, y), atan2(x, y));
  ALIAS(subtract, (x, y), x - y);
  ALIAS(multiply, (x, y), x * y);
  ALIAS(divide, (x, y), x / y);
  ALIAS(power, (x, y), pow(x, y));
  ALIAS(not_equal, (x, y), ne(x, y));
  ALIAS(less, (x, y), lt(x, y));
  ALIAS(less_equal, (x, y), le(x, y));
  ALIAS(greater, (x, y), gt(x, y));
  ALIAS(greater_equal, (x, y), ge(x, y));
  ALIAS(take, (x, index, 0), flip(x, {0}));
  ALIAS(concatenate, ({x, y}, 1), hstack({x, y}));
  ALIAS(concat, ({x, y}, 1), hstack({x, y}));
  ALIAS(broadcast_arrays, ({x, ones({3})}).at(1), ones({2, 3}));
  ALIAS(linear, (x, y), mm(x, t(y)));
  ALIAS(vecdot, (x, y), sum(mul(x, y), -1));
  ALIAS(swapaxes, (x, 0, 1), t(x));
  ALIAS(expand_as, (ones({3}), x), ones({2, 3}).to(f32));
  ALIAS(permute_dims, (x, {1, 0}), t(x));
  ALIAS(matrix_transpose, (x), t(x));
  ALIAS(expand_dims, (x, 0), reshape(x, {1, 2, 3}));
#undef ALIAS
  // The numbers of a pair keep their places.
  BOOST_TEST(same_bits(subtract(2, x), 2 - x));
  BOOST_TEST(same_bits(divide(2, x), 2 / x));
  BOOST_TEST(same_bits(power(2, x), pow(2, x)));
  BOOST_TEST(same_bits(less(0.5, x), gt(x, 0.5)));
  for (const auto& row : tools::declared_operations()) {
    BOOST_TEST((!row.alias || checked.contains(row.name)), row.name << " is not checked here");
  }
}

BOOST_AUTO_TEST_SUITE_END()
