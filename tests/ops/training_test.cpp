// What training does to operations: dropout's zeros and the statistics of batch normalization.
#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using attune::tests::distance;
using attune::tests::reals;
using attune::tests::same_bits;

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(dropout_keeps_the_mean) {
  const Random scope{1};
  const Tensor x = full({100000}, 1.0, f64);
  const Tensor y = dropout(x, 0.3);
  int zero = 0;
  for (const double value : reals(y)) {
    zero += value == 0;
    if (value != 0) BOOST_TEST_REQUIRE(value == 1 / 0.7);
  }
  BOOST_TEST(std::fabs(zero / 1e5 - 0.3) < 0.006);  // four standard deviations
}

BOOST_AUTO_TEST_CASE(dropout_is_the_draw_of_its_stream) {
  const Tensor x = full({1000}, 1.0, f64);
  const auto draw = [&](int seed) {
    const Random scope{seed};
    return dropout(x);
  };
  BOOST_TEST(same_bits(draw(1), draw(1)));
  BOOST_TEST(!same_bits(draw(1), draw(2)));
  const Random scope{1};
  BOOST_TEST(!same_bits(dropout(x), dropout(x)));
}

BOOST_AUTO_TEST_CASE(dropout_ends_at_its_ends) {
  const Random scope{1};
  const Tensor x = tensor({1.0, 2.0, HUGE_VAL}, f64);
  BOOST_TEST(same_bits(dropout(x, 0), x));
  BOOST_TEST(same_bits(dropout(x, 1), zeros({3}, f64)));
  for (const double p : {-0.1, 1.1, std::nan("")}) {
    BOOST_CHECK_THROW(dropout(x, p), Error);
    BOOST_CHECK_THROW(feature_dropout(ones({2, 2}), p), Error);
  }
  BOOST_CHECK_THROW(dropout(tensor({1, 2})), Error);
  BOOST_CHECK_THROW(feature_dropout(x), Error);
}

BOOST_AUTO_TEST_CASE(dropout_is_the_identity_in_evaluation) {
  const Evaluation scope;
  const Tensor x = full({100}, 1.0, f64);
  BOOST_TEST(same_bits(dropout(x, 0.5), x));
  BOOST_TEST(same_bits(feature_dropout(reshape(x, {10, 10}), 0.5), reshape(x, {10, 10})));
}

BOOST_AUTO_TEST_CASE(dropout_has_the_same_zeros_backward) {
  const Random scope{1};
  const Tensor x = full({1000}, 3.0, f64).set_requires_grad();
  const Tensor y = dropout(x, 0.4);
  BOOST_TEST(distance(mul(sum(y).backward()[x], 3), y.detach()) == 0);
}

BOOST_AUTO_TEST_CASE(feature_dropout_takes_whole_channels) {
  const Random scope{1};
  const Tensor y = feature_dropout(full({20, 30, 4}, 1.0, f64), 0.5);
  const std::vector<double> values = reals(y);
  int zero = 0;
  for (std::size_t i = 0; i < values.size(); i += 4) {
    zero += values[i] == 0;
    for (std::size_t k = 1; k < 4; ++k) BOOST_TEST_REQUIRE(values[i + k] == values[i]);
  }
  BOOST_TEST(zero > 220);
  BOOST_TEST(zero < 380);
}

BOOST_AUTO_TEST_CASE(batch_norm_finds_mean_and_variance) {
  // far from 0: a sum of squares would lose every digit
  for (const Shape& shape : {Shape{500, 3}, Shape{50, 3, 10}, Shape{5, 3, 10, 10}}) {
    Tensor x;
    {
      const Random scope{1};
      x = add(dropout(full(shape, 1.0, f64), 0.5), 1e9);
    }
    const BatchNormResult result = batch_norm(x, {}, {}, {.eps = 0});
    BOOST_TEST(result.count == 500);
    BOOST_TEST(!result.mean.requires_grad());
    const Axes axes = shape.rank() == 2 ? Axes{0} : shape.rank() == 3 ? Axes{0, 2} : Axes{0, 2, 3};
    const Tensor mean = attune::mean(sub(x, 1e9), axes);
    BOOST_TEST(distance(sub(result.mean, 1e9), mean) <= 1e-6);
    BOOST_TEST(distance(result.variance, mul(mean, sub(2, mean))) <= 1e-5);  // of 0 and 2
    BOOST_TEST(distance(attune::mean(result.y, axes), zeros({3}, f64)) <= 1e-6);
    BOOST_TEST(distance(attune::mean(square(result.y), axes), ones({3}, f64)) <= 1e-6);
    const BatchStatistics found{result.mean, result.variance};
    BOOST_TEST(distance(batch_norm(x, found, {}, {}, {.eps = 0}), result.y) <= 1e-6);
    const Tensor shifted = batch_norm(x, {}, ones({3}, f64)).y;  // {}: no scale
    BOOST_TEST(distance(sub(shifted, 1), batch_norm(x).y) <= 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(normalization_says_what_is_wrong) {
  BOOST_CHECK_THROW(batch_norm(ones({1, 3})), Error);
  BOOST_CHECK_THROW(batch_norm(ones({3})), Error);
  BOOST_CHECK_THROW(batch_norm(ones({4, 3}), ones({4})), Error);
  BOOST_CHECK_THROW(batch_norm(ones({4, 3}), ones({3}, f64)), Error);
  BOOST_CHECK_THROW(batch_norm(ones({4, 3}, i64)), Error);
  BOOST_CHECK_THROW(layer_norm(ones({4, 3}), {4}), Error);
  BOOST_CHECK_THROW(layer_norm(ones({4, 3}), {3}, ones({4})), Error);
}

BOOST_AUTO_TEST_CASE(layer_norm_is_batch_norm_of_the_transpose) {
  Tensor x;
  {
    const Random scope{3};
    x = dropout(full({7, 50}, 1.0, f64), 0.5);
  }
  const Tensor expected = transpose(batch_norm(transpose(x, 0, 1)).y, 0, 1);
  BOOST_TEST(distance(layer_norm(x, {50}), expected) <= 1e-14);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
