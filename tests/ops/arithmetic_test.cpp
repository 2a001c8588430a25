// The corners of arithmetic that the table's ranges leave out: signs of division, powers of zero,
// ties, types, and errors.
#include <cmath>
#include <limits>

#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor variable(std::vector<double> elements) {
  Tensor x = tensor(elements);
  x.set_requires_grad();
  return x;
}

BOOST_AUTO_TEST_SUITE(arithmetic)

BOOST_AUTO_TEST_CASE(division_rounds_down_as_python) {
  for (const DType dtype : {i64, i32, f32, f64}) {
    const Tensor a = tensor({7, 7, -7, -7, 6}).to(dtype), b = tensor({2, -2, 2, -2, 3}).to(dtype);
    expect_elements(floor_divide(a, b), {3, -4, -4, 3, 2});
    expect_elements(remainder(a, b), {1, -1, 1, -1, 0});
    expect_elements(fmod(a, b), {1, 1, -1, -1, 0});
    BOOST_TEST(floor_divide(a, b).dtype() == dtype);
  }
  BOOST_TEST(!std::signbit(remainder(tensor({-4.0}), 2.0).item()));  // Python: 0.0, of b's sign
  BOOST_TEST(std::signbit(remainder(tensor({4.0}), -2.0).item()));
  // Python: 1.0 // 0.1 == 9.0
  expect_elements(floor_divide(tensor({1.0}, f64), 0.1), {9});
  expect_elements(floor_divide(tensor({1.0, -1.0, 0.0}, f64), 0.0), {inf, -inf, nan});
}

BOOST_AUTO_TEST_CASE(the_least_integer_divides) {
  const Tensor least = tensor(std::vector<std::int64_t>{INT64_MIN});
  BOOST_TEST(floor_divide(least, -1).item<std::int64_t>() == INT64_MIN);
  BOOST_TEST(remainder(least, -1).item<std::int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(integer_division_by_zero_is_refused) {
  const Tensor a = tensor({1, 2, 3});
  for (Tensor (*divide)(const Operand&, const Operand&) : {floor_divide, remainder, fmod}) {
    expect_error(ErrorKind::value,
                 [&] {
                   divide(a, tensor({1, 0, 2}));
                 },
                 {"element 1", "[3]", "to(f32)"});
  }
  expect_elements(div(a, 0), {inf, inf, inf});
}

BOOST_AUTO_TEST_CASE(powers) {
  expect_elements(pow(tensor({2, -3, 0, 1}), tensor({10, 3, 0, 60})), {1024, -27, 1, 1});
  BOOST_TEST(pow(tensor({2}), 3).dtype() == i64);
  for (const double exponent : {2.0, 3.0, 0.5, -1.0, 2.5}) {  // the type is not of the value
    BOOST_TEST(pow(tensor({2}), exponent).dtype() == f32);
    BOOST_TEST(pow(tensor({true}), exponent).dtype() == f32);
  }
  expect_elements(pow(tensor({200}, u8), 2.0), {40000});
  expect_error(ErrorKind::value, [] { pow(tensor({2}), -1); }, {"pow", "-1", "to(f32)"});
  expect_error(ErrorKind::value, [] { pow(tensor({2, 2}), tensor({1, -2})); }, {"-2"});
  // The derivatives at a base of 0.
  for (const double exponent : {0.0, 1.0, 2.0}) {
    const Tensor x = variable({0});
    const Tensor e = variable({exponent});
    const Gradients g = sum(pow(x, e)).backward();
    expect_elements(g[x], {exponent == 1 ? 1.0 : 0.0});
    expect_elements(g[e], {0});
  }
  const Tensor x = variable({-2, 0, 3});
  expect_elements(sum(pow(x, 2)).backward()[x], {-4, 0, 6});
  expect_elements(sum(pow(x, 0)).backward()[x], {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(equal_operands_of_extrema_share_the_gradient) {
  const Tensor a = variable({1, 2, 3}), b = variable({3, 2, 1});
  const Gradients most = sum(maximum(a, b)).backward();
  expect_elements(most[a], {0, 0.5, 1});
  expect_elements(most[b], {1, 0.5, 0});
  const Gradients least = sum(minimum(a, b)).backward();
  expect_elements(least[a], {1, 0.5, 0});
  expect_elements(maximum(tensor({nan, 1.0}), tensor({1.0, nan})), {nan, nan});
  expect_elements(minimum(tensor({nan, 1.0}), tensor({1.0, nan})), {nan, nan});
}

BOOST_AUTO_TEST_CASE(numbers_are_weak) {
  const Tensor bytes = tensor({250, 3}, u8);
  BOOST_TEST((bytes + 10).dtype() == u8);
  expect_elements(bytes + 10, {4, 13});  // wraps
  expect_elements(2 - bytes, {8, 255});
  BOOST_TEST((bytes + 0.5).dtype() == f32);
  BOOST_TEST((bytes / 2).dtype() == f32);
  BOOST_TEST((tensor({true}) + 1).dtype() == i64);
  BOOST_TEST((tensor({1.0}, f64) * 2).dtype() == f64);
  expect_elements(tensor({true, false}) / tensor({true, true}), {1, 0});
}

BOOST_AUTO_TEST_CASE(the_mean_of_integers_does_not_wrap) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  expect_elements(mean(tensor({most, most, most})), {static_cast<float>(most)});
}

BOOST_AUTO_TEST_CASE(bool_arithmetic_is_refused) {
  const Tensor a = tensor({true, false});
  expect_error(ErrorKind::dtype, [&] { add(a, a); }, {"add", "bool", "logical_or"});
  expect_error(ErrorKind::dtype, [&] { neg(a); }, {"neg", "bool", "to(i64)"});
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_broadcast_are_named) {
  expect_error(ErrorKind::shape, [] { mul(ones({2, 3}), ones({4})); }, {"mul", "[2, 3]", "[4]"});
}

// The derivatives are those of softmax, whose sum is 1, where the logarithm has few digits left.
BOOST_AUTO_TEST_CASE(slopes_of_logarithms_of_sums_at_large_numbers) {
  for (const double at : {1e5, 1e8, -1e30}) {
    const Tensor x = variable({at, at}), y = variable({at, at});
    expect_elements(sum(logsumexp(x, {0})).backward()[x], {0.5, 0.5});
    const Gradients g = sum(logaddexp(x, y)).backward();
    expect_elements(g[x], {0.5, 0.5});
    expect_elements(g[y], {0.5, 0.5});
  }
  const Tensor beyond = variable({inf, 0});
  expect_elements(sum(logsumexp(beyond, {0})).backward()[beyond], {nan, 0});
  const Tensor none = variable({-inf, -inf});
  expect_elements(sum(logsumexp(none, {0})).backward()[none], {0, 0});
  const Tensor empty = zeros({3, 0}, f64).set_requires_grad();
  BOOST_TEST(sum(logsumexp(empty, 1)).backward()[empty].shape() == Shape({3, 0}));
}

// 0 / 0 in a formula is no slope: 0, as norm has it.
BOOST_AUTO_TEST_CASE(slopes_at_the_origin) {
  const Tensor a = variable({0, 3}), b = variable({0, -4});
  Gradients g = sum(hypot(a, b)).backward();
  expect_elements(g[a], {0, 0.6});
  expect_elements(g[b], {0, -0.8});
  g = sum(atan2(a, b)).backward();
  expect_elements(g[a], {0, -0.16});
  expect_elements(g[b], {0, -0.12});
  // So are further slopes, whichever way they are taken.
  const Tensor o = variable({0, 1}), p = variable({0, 0});
  for (const Tensor& y : {hypot(o, p), atan2(o, p)}) {
    const std::vector<Tensor> first = grad(sum(y), std::vector{o, p}, {.record = true});
    const Gradients second = sum(first[0] + first[1]).backward();
    BOOST_TEST(second[o][0].item() == 0);
    BOOST_TEST(second[p][0].item() == 0);
  }
  g = sum(xlogy(a, pow(b, 2))).backward();
  expect_elements(g[b], {0, -1.5});
  // Beside it the slope by y is x / y, also of x.
  const Tensor x = variable({0, 0}), y = variable({2, -4});
  const Tensor slope = grad(sum(xlogy(x, y)), std::vector{y}, {.record = true})[0];
  expect_elements(sum(slope).backward()[x], {0.5, -0.25});
}

BOOST_AUTO_TEST_CASE(lerp_meets_both_ends) {
  const Tensor from = tensor({1e8, 1, -3}), to = tensor({1, 1e8, 0.1});
  for (const double weight : {0.0, 1.0}) {
    const Tensor& end = weight == 0 ? from : to;
    BOOST_TEST(equal(lerp(from, to, weight), end));
    BOOST_TEST(equal(lerp(from, to, full({3}, weight)), end));
  }
}

BOOST_AUTO_TEST_CASE(slopes_whose_square_leaves_the_range) {
  const Tensor y = variable({1e-30, 1e30}), x = variable({1e-30, 1e30});
  const Gradients g = sum(atan2(y, x)).backward();
  for (const double one : reals(mul(g[y], x))) BOOST_TEST(std::fabs(one - 0.5) < 1e-6);
  const Tensor large = variable({1e30});
  BOOST_TEST(std::fabs(sum(asinh(large)).backward()[large].item() * 1e30 - 1) < 1e-6);
}

// Its slope there is infinite and taken to be 0, as that of |x| is.
BOOST_AUTO_TEST_CASE(norms_below_1_at_zero) {
  for (const double p : {0.5, 0.9, -1.0}) {
    const Tensor none = variable({0, 0}), one = variable({0, 2});
    expect_elements(sum(norm(none, p)).backward()[none], {0, 0});
    const Tensor slopes = sum(norm(one, p)).backward()[one];
    BOOST_TEST(allclose(slopes, tensor({0.0, p > 0 ? 1.0 : 0.0}, f64)));
    BOOST_TEST(std::fabs(norm(one, p).item() - (p > 0 ? 2 : 0)) < 1e-15);
  }
}

// Over an axis without entries each of several norms is 0.
BOOST_AUTO_TEST_CASE(norms_of_nothing) {
  Tensor empty = zeros({2, 0, 3}).set_requires_grad();
  const Tensor y = norm(empty, 2, {1});
  expect_elements(y.detach(), {0, 0, 0, 0, 0, 0});
  BOOST_TEST(sum(y).backward()[empty].shape() == empty.shape());
}

BOOST_AUTO_TEST_CASE(logarithms_of_sums) {
  expect_elements(logaddexp(tensor({1000.0, -inf, inf}, f64), tensor({-1000.0, -inf, 1.0}, f64)),
                  {1000, -inf, inf});
  expect_elements(xlogy(tensor({0.0, 0.0, 2.0}, f64), tensor({0.0, nan, 1.0}, f64)), {0, nan, 0});
}

BOOST_AUTO_TEST_CASE(in_place_forms_keep_the_target) {
  Tensor x = tensor({1.0, 4.0}, f64);
  const Tensor same = x;
  mul_(add_(x, 1), tensor({2.0, 3.0}, f64));
  expect_elements(same, {4, 15});
  sqrt_(x);
  expect_elements(same, {2, std::sqrt(15.0)});
  expect_error(ErrorKind::shape, [&] { add_(x, ones({2, 2}, f64)); }, {"add_", "[2]", "[2, 2]"});
  Tensor counts = tensor({1, 2});
  expect_error(ErrorKind::dtype, [&] { div_(counts, 2); }, {"div_", "f32", "i64"});
  x.set_requires_grad();
  expect_error(ErrorKind::state, [&] { exp_(x); }, {"exp_", "NoGrad"});
}

BOOST_AUTO_TEST_CASE(products_in_place) {
  const Tensor a = tensor({{1.0, 2.0}, {3.0, 4.0}}, f64), b = tensor({{0.0, 1.0}, {1.0, 0.0}}, f64);
  Tensor c = full({2, 2}, nan, f64);
  const Tensor same = c;
  addmm_(c, a, b, {.beta = 0});
  expect_elements(same, {2, 1, 4, 3});
  addmm_(c, a, b);
  expect_elements(same, {4, 2, 8, 6});
  addmm_(c, a, b, {.beta = 2, .alpha = -1});
  expect_elements(same, {6, 3, 12, 9});
  // A factor that is the target, or shares its memory, is read before the target is written.
  addmm_(c, c, b, {.beta = 0});
  expect_elements(same, {3, 6, 9, 12});
  addmm_(c, a, t(c), {.beta = 0});
  expect_elements(same, {15, 33, 33, 75});
  Tensor large = reshape(arange(90000).to(f64), {300, 300});
  const Tensor seen = from_blob(const_cast<double*>(large.data<double>()), f64, {300, 300});
  const Tensor square = mm(large, t(large));
  addmm_(large, seen, t(seen), {.beta = 0});
  BOOST_TEST(same_bits(large, square));
  Tensor turned = t(c);
  addmm_(turned, a, b, {.beta = 0});
  expect_elements(same, {2, 4, 1, 3});
  expect_error(ErrorKind::shape, [&] { addmm_(c, a, ones({2, 3}, f64)); }, {"addmm_"});
  expect_error(ErrorKind::shape, [&] { addmm_(c, a, ones({3, 2}, f64)); }, {"addmm", "[3, 2]"});
  Tensor narrow = zeros({2, 2});
  expect_error(ErrorKind::dtype, [&] { addmm_(narrow, a, b); }, {"addmm_", "f64", "f32"});
  const Tensor saved = c.clone().set_requires_grad();
  const Tensor y = mm(saved, b);
  Tensor view = saved.detach();
  expect_error(ErrorKind::state, [&] { addmm_(view, a, b); }, {"addmm_", "NoGrad"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
