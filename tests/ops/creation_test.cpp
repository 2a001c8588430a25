// Ranges, and what random tensors are distributed like.
#include <cmath>
#include <set>

#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

double mean_of(const Tensor& x) { return mean(x.to(f64)).item(); }

BOOST_AUTO_TEST_SUITE(creation)

BOOST_AUTO_TEST_CASE(ranges) {
  expect_elements(arange(4), {0, 1, 2, 3});
  BOOST_TEST(arange(4).dtype() == i64);
  expect_elements(arange(5, 0, -2), {5, 3, 1});
  expect_elements(arange(0, 5, -1), {});
  expect_elements(arange(1, 2, 0.25), {1, 1.25, 1.5, 1.75});
  BOOST_TEST(arange(0.5).dtype() == f32);
  BOOST_TEST(arange(INT64_MAX - 2, INT64_MAX).numel() == 2);
  expect_error(ErrorKind::value, [] { arange(0, 1, 0); }, {"arange", "0"});
  expect_error(ErrorKind::value, [] { arange(0, INFINITY); }, {"arange", "inf"});
  expect_elements(linspace(0, 1, 5), {0, 0.25, 0.5, 0.75, 1});
  expect_elements(linspace(3, 9, 1), {3});
  expect_elements(linspace(3, 9, 0), {});
  BOOST_TEST(linspace(0, 0.3, 4, f64)[3].item() == 0.3);
  expect_error(ErrorKind::value, [] { linspace(0, 1, -1); }, {"linspace", "-1"});
}

BOOST_AUTO_TEST_CASE(diagonals) {
  expect_elements(eye(2, 3), {1, 0, 0, 0, 1, 0});
  expect_elements(eye(3, 2), {1, 0, 0, 1, 0, 0});
  BOOST_TEST(eye(0).numel() == 0);
  expect_error(ErrorKind::shape, [] { eye(-1); }, {"-1"});
  expect_error(ErrorKind::shape, [] { zeros({2, -3}); }, {"-3", "axis 1"});
}

BOOST_AUTO_TEST_CASE(distributions) {
  const Random stream{7};
  constexpr std::int64_t n = 40000;
  const double few = 4 / std::sqrt(double{n});  // four standard errors of a unit variance
  const Tensor uniform = rand({n});
  BOOST_TEST(std::fabs(mean_of(uniform) - 0.5) < few);
  const Tensor z = randn({n});
  BOOST_TEST(std::fabs(mean_of(z)) < few);
  BOOST_TEST(std::fabs(mean_of(square(z)) - 1) < 2 * few);
  BOOST_TEST(std::fabs(mean_of(normal(5, 2, {n})) - 5) < 2 * few);
  BOOST_TEST(std::fabs(mean_of(bernoulli(0.25, {n})) - 0.25) < few);
  BOOST_TEST(std::fabs(mean_of(bernoulli(full({n}, 0.75))) - 0.75) < few);
  const Tensor whole = randint(3, 6, {n});
  BOOST_TEST(std::fabs(mean_of(whole) - 4) < few);
  for (const double value : reals(whole)) BOOST_REQUIRE(value == 3 || value == 4 || value == 5);
  Tensor bounded = empty({n});
  trunc_normal_(bounded, {.low = -1, .high = 0.5});
  for (const double value : reals(bounded)) BOOST_REQUIRE((value >= -1 && value <= 0.5));
  const Tensor drawn = multinomial(tensor({1.0, 0.0, 3.0}), n, true);
  BOOST_TEST(std::fabs(mean_of(drawn) - 1.5) < few);
  BOOST_TEST(mean_of(eq(drawn, 1).to(f64)) == 0);
}

BOOST_AUTO_TEST_CASE(draws_follow_the_stream) {
  Tensor first, second;
  {
    const Random stream{3};
    first = rand({5});
    second = rand({5});
  }
  BOOST_TEST(!equal(first, second));
  const Random stream{3};
  BOOST_TEST(same_bits(rand({5}), first));
  Tensor transposed_room = transpose(empty({1, 5}), 0, 1);
  uniform_(transposed_room);
  BOOST_TEST(equal(transpose(transposed_room, 0, 1)[0], second));
}

BOOST_AUTO_TEST_CASE(without_replacement_nothing_comes_twice) {
  const Random stream{4};
  const Tensor drawn = multinomial(ones({3, 10}), 10);
  for (std::int64_t row = 0; row < 3; ++row) {
    const std::vector<double> positions = reals(drawn[row]);
    BOOST_TEST(std::set<double>(positions.begin(), positions.end()).size() == 10u);
  }
  const std::vector<double> order = reals(randperm(50));
  BOOST_TEST(std::set<double>(order.begin(), order.end()).size() == 50u);
}

BOOST_AUTO_TEST_CASE(parameters_are_checked) {
  const Random stream{5};
  expect_error(ErrorKind::value,
               [] {
                 multinomial(tensor({1.0, 0.0}), 2);
               },
               {"multinomial", "2", "1"});
  expect_error(ErrorKind::value, [] { multinomial(tensor({1.0, -1.0}), 1); }, {"weight 1", "-1"});
  expect_error(ErrorKind::shape, [] { multinomial(ones({2, 2, 2}), 1); }, {"[2, 2, 2]"});
  expect_error(ErrorKind::value, [] { bernoulli(tensor({0.5, 1.5})); }, {"element 1", "1.5"});
  expect_error(ErrorKind::value, [] { bernoulli(-0.5, {2}); }, {"-0.5"});
  expect_error(ErrorKind::value, [] { normal(0, -1, {2}); }, {"-1"});
  expect_error(ErrorKind::value, [] { normal(tensor({0.0}), tensor({-1.0})); }, {"normal", "-1"});
  expect_error(ErrorKind::value, [] { randint(3, 3, {2}); }, {"3"});
  expect_error(ErrorKind::dtype, [] { rand({2}, i64); }, {"rand", "i64"});
  expect_error(ErrorKind::shape, [] { rand({-1}); }, {"rand", "-1"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
