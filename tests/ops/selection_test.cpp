// Bounds, kinds of numbers, comparisons and choosing, where the table's ranges do not reach.
#include <limits>

#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

BOOST_AUTO_TEST_SUITE(selection)

BOOST_AUTO_TEST_CASE(bounds_count_as_inside) {
  Tensor x = tensor({-2.0, -1.0, 0.0, 1.0, 2.0, nan}, f64);
  x.set_requires_grad();
  const Tensor y = clamp(x, -1, 1);
  expect_elements(y, {-1, -1, 0, 1, 1, nan});
  expect_elements(sum(y).backward()[x], {0, 1, 1, 1, 0, 0});
  expect_elements(clamp(tensor({1, 5, 9}), 3, 2), {2, 2, 2});  // the upper bound wins
  BOOST_TEST(clamp(tensor({1, 5}), 0.5, 2).dtype() == f32);
}

BOOST_AUTO_TEST_CASE(integers_far_apart_are_not_close) {
  const Tensor ends = tensor(std::vector<std::int64_t>{INT64_MIN, INT64_MAX, -INT64_MAX});
  const Tensor others = tensor(std::vector<std::int64_t>{INT64_MAX, INT64_MIN, INT64_MAX});
  BOOST_TEST(!any(isclose(ends, others)).item<bool>());
  BOOST_TEST(allclose(ends, ends));
}

BOOST_AUTO_TEST_CASE(kinds_of_numbers) {
  const Tensor x = tensor({0.0, -inf, nan, inf}, f64);
  expect_elements(isnan(x), {0, 0, 1, 0});
  expect_elements(isinf(x), {0, 1, 0, 1});
  expect_elements(isfinite(x), {1, 0, 0, 0});
  expect_elements(isfinite(tensor({1, 2})), {1, 1});
  expect_elements(sign(tensor({-0.0, -2.0, nan, 3.0}, f64)), {0, -1, nan, 1});
  expect_elements(round(tensor({0.5, 1.5, -0.5, 2.5}, f64)), {0, 2, -0.0, 2});
  const double most = std::numeric_limits<float>::max();
  expect_elements(nan_to_num(x.to(f32)), {0, -most, 0, most});
  expect_elements(nan_to_num(x, {.nan = 7, .positive_infinity = 8, .negative_infinity = 9}),
                  {0, 9, 7, 8});
  Tensor v = x.clone();
  v.set_requires_grad();
  expect_elements(sum(nan_to_num(v)).backward()[v], {1, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(nan_compares_with_nothing) {
  const Tensor x = tensor({nan, 1.0}, f64);
  expect_elements(eq(x, x), {0, 1});
  expect_elements(ne(x, x), {1, 0});
  expect_elements(le(x, x), {0, 1});
  BOOST_TEST(!equal(x, x));
  BOOST_TEST(equal(tensor({1, 2}), tensor({1.0, 2.0})));
  BOOST_TEST(!equal(tensor({1, 2}), tensor({{1, 2}})));
  expect_elements(lt(tensor({false, true}), tensor({true, true})), {1, 0});
  // Beyond the digits of f64.
  const Tensor big = tensor(std::vector<std::int64_t>{(std::int64_t{1} << 53) + 1});
  BOOST_TEST(eq(big, std::int64_t{1} << 53).item<bool>() == false);
}

BOOST_AUTO_TEST_CASE(an_axis_named_twice_is_refused) {
  const Tensor x = ones({2, 3});
  expect_error(ErrorKind::value, [&] { flip(x, {0, -2}); }, {"flip", "-2", "twice"});
  expect_error(ErrorKind::value, [&] { sum(x, {1, -1}); }, {"sum", "-1", "twice"});
  expect_error(ErrorKind::value, [&] { permute(x, {1, 1}); }, {"permute", "1", "twice"});
}

BOOST_AUTO_TEST_CASE(no_elements_fill_a_shape_too) {
  BOOST_TEST((reshape(zeros({0, 28, 28}), {-1, 784}).shape() == Shape{0, 784}));
  BOOST_TEST((reshape(zeros({4, 0}), {2, -1}).shape() == Shape{2, 0}));
  BOOST_TEST((reshape(zeros({0}), {3, -1}).shape() == Shape{3, 0}));
  expect_error(ErrorKind::shape, [] { reshape(zeros({0}), {0, -1}); }, {"reshape", "[0, -1]"});
  expect_error(ErrorKind::shape, [] { reshape(zeros({0}), {2, 3}); }, {"reshape", "[2, 3]"});
  constexpr std::int64_t large = std::int64_t{1} << 40;
  expect_error(ErrorKind::memory, [] { reshape(zeros({0}), {0, large, large}); }, {"reshape"});
}

BOOST_AUTO_TEST_CASE(steps_have_no_slope) {
  Tensor x = tensor({1.5, -2.5});
  x.set_requires_grad();
  for (Tensor (*step)(const Tensor&) : {floor, ceil, round, trunc, sign})
    BOOST_TEST(!step(x).requires_grad());
}

BOOST_AUTO_TEST_CASE(integers_are_filled_with_integers) {
  const Tensor mask = ones({2}, boolean);
  for (const DType dtype : {i64, u8, boolean}) {
    expect_error(ErrorKind::dtype, [&] { masked_fill(zeros({2}, dtype), mask, 2.5); },
                 {"masked_fill", "2.5", name(dtype)});
  }
}

BOOST_AUTO_TEST_CASE(closeness) {
  const Tensor a = tensor({1.0, inf, nan, inf}, f64), b = tensor({1.000001, inf, nan, -inf}, f64);
  expect_elements(isclose(a, b), {1, 1, 0, 0});
  expect_elements(isclose(a, b, {.equal_nan = true}), {1, 1, 1, 0});
  BOOST_TEST(!allclose(a, b));
  BOOST_TEST(allclose(ones({0}), ones({0})));
  expect_elements(isclose(tensor({1, 5}), tensor({1, 6})), {1, 0});
  expect_error(ErrorKind::value, [&] { isclose(a, b, {.relative = -1}); }, {"isclose", "-1"});
}

BOOST_AUTO_TEST_CASE(choosing_keeps_a_nan_out) {
  Tensor x = tensor({-1.0, 4.0}, f64);
  x.set_requires_grad();
  const Tensor y = where(gt(x, 0), sqrt(x), 0);
  expect_elements(y, {0, 2});
  BOOST_TEST(where(tensor({true}), tensor({1}), 0.5).dtype() == f32);
  expect_error(ErrorKind::dtype, [&] { where(x, x, x); }, {"where", "f64", "bool"});
  expect_error(ErrorKind::shape,
               [&] {
                 where(tensor({true, true, true}), x, x);
               },
               {"where", "[3]", "[2]"});
}

BOOST_AUTO_TEST_CASE(bits_are_of_integers) {
  expect_error(ErrorKind::dtype, [] { bitwise_and(ones({2}), ones({2})); }, {"bitwise_and", "f32"});
  BOOST_TEST(bitwise_not(tensor({1}, u8)).item<int>() == 254);
  expect_elements(logical_and(tensor({2.0, nan, 0.0}), tensor({1, 1, 1})), {1, 1, 0});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
