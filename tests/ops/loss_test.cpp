// Losses against their definitions written out, at extremes, and the errors that they owe.
#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using attune::tests::distance;
using attune::tests::reals;

ErrorKind kind_of(const std::function<void()>& call, const std::string& named) {
  try {
    call();
  } catch (const Error& error) {
    BOOST_TEST(std::string(error.what()).find(named) != std::string::npos, error.what());
    return error.kind();
  }
  BOOST_FAIL("no error");
  return ErrorKind::io;
}

BOOST_AUTO_TEST_SUITE(loss)

BOOST_AUTO_TEST_CASE(elementwise_has_its_value) {
  const Tensor x = tensor({0.5, -3.0, 2.0}, f64), z = tensor({0.0, 1.0, 2.0}, f64);
  BOOST_TEST(mse_loss(x, z).item() == (0.25 + 16) / 3, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(l1_loss(x, z, {Reduction::sum}).item() == 4.5);
  BOOST_TEST(reals(huber_loss(x, z, {.reduction = Reduction::none})) ==
                 (std::vector<double>{0.125, 3.5, 0}),
             boost::test_tools::per_element());
}

// log(1 + e^x) for the wrong class, log(1 + e^-x) for the right one, to the last digits: a sure and
// right answer has a small loss, not none.
BOOST_AUTO_TEST_CASE(losses_of_sure_logits_keep_their_digits) {
  for (const DType dtype : {f32, f64}) {
    const double close = dtype == f32 ? 5e-7 : 1e-15;
    for (int k = -60; k <= 60; ++k) {
      const double logit = k / 2.0;
      for (const double label : {0.0, 1.0}) {
        const Tensor x = full({1}, logit, dtype), z = full({1}, label, dtype);
        const double toward = label == 1 ? -logit : logit;
        const double expected =
            toward > 0 ? toward + std::log1p(std::exp(-toward)) : std::log1p(std::exp(toward));
        for (const double factor : {1.0, 3.0}) {
          const Tensor weight = full({1}, factor, dtype);
          const double weighted = label == 1 ? factor * expected : expected;
          BOOST_TEST(
              binary_cross_entropy_with_logits(x, z, {.pos_weight = weight}).item() == weighted,
              boost::test_tools::tolerance(close));
        }
        BOOST_TEST(binary_cross_entropy_with_logits(x, z).item() == expected,
                   boost::test_tools::tolerance(close));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_agrees_with_its_logits) {
  const Tensor x = tensor({-3.0, -0.2, 0.0, 1.5, 4.0}, f64);
  const Tensor z = tensor({0.0, 1.0, 0.3, 1.0, 0.0}, f64);
  double expected = 0;
  for (int i = 0; i < 5; ++i) {
    const double p = 1 / (1 + std::exp(-reals(x)[i])), t = reals(z)[i];
    expected -= (t * std::log(p) + (1 - t) * std::log(1 - p)) / 5;
  }
  BOOST_TEST(binary_cross_entropy_with_logits(x, z).item() == expected,
             boost::test_tools::tolerance(1e-13));
  BOOST_TEST(binary_cross_entropy(sigmoid(x), z).item() == expected,
             boost::test_tools::tolerance(1e-13));
  const Tensor one = ones({1}, f64);
  BOOST_TEST(
      binary_cross_entropy_with_logits(x, z, {.weight = one, .pos_weight = one}).item() == expected,
      boost::test_tools::tolerance(1e-13));
}

// In either order, and where a logarithm is bounded.
BOOST_AUTO_TEST_CASE(mixed_derivatives_of_binary_cross_entropy) {
  const Tensor x = tensor({0.0, 1.0, 0.25, 1e-30}, f64).set_requires_grad();
  const Tensor z = tensor({0.3, 0.4, 0.5, 0.0}, f64).set_requires_grad();
  const auto g = grad(binary_cross_entropy(x, z, {.reduction = Reduction::sum}), std::vector{x, z},
                      {.record = true});
  const std::vector<double> by_x = reals(grad(sum(g[1]), std::vector{x})[0]);
  const std::vector<double> by_z = reals(grad(sum(g[0]), std::vector{z})[0]);
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(by_x[i] == by_z[i], boost::test_tools::tolerance(1e-11));
    BOOST_TEST(std::isfinite(by_x[i]));
  }
  BOOST_TEST(by_x[2] == -1 / (0.25 * 0.75), boost::test_tools::tolerance(1e-14));
  const Tensor v = tensor({0.0, 1.0}, f64).set_requires_grad();
  const auto first = grad(sum(binary_cross_entropy(v, v)), std::vector{v}, {.record = true});
  for (const double second : reals(grad(sum(first[0]), std::vector{v})[0]))
    BOOST_TEST(std::isfinite(second));
}

BOOST_AUTO_TEST_CASE(is_finite_for_any_logit) {
  for (const DType dtype : {f32, f64}) {
    const Tensor x = tensor({-1e30, -1e4, -100.0, 0.0, 100.0, 1e4}, dtype).set_requires_grad();
    for (const double label : {0.0, 1.0}) {
      const Tensor y = binary_cross_entropy_with_logits(x, full({6}, label, dtype));
      BOOST_TEST(std::isfinite(y.item()));
      for (const double g : reals(y.backward()[x])) BOOST_TEST(std::isfinite(g));
    }
    const Tensor certain = tensor({0.0, 1.0, 0.0, 1.0}, dtype).set_requires_grad();
    const Tensor y = binary_cross_entropy(certain, tensor({1.0, 0.0, 0.0, 1.0}, dtype));
    BOOST_TEST(y.item() == 50);
    for (const double g : reals(y.backward()[certain])) BOOST_TEST(std::isfinite(g));
    const Tensor rows = tensor({{1e4, -1e4, 0.0}, {-1e30, 1e30, 0.0}}, dtype).set_requires_grad();
    const Tensor crossed = cross_entropy(rows, tensor({1, 2}));
    BOOST_TEST(std::isfinite(crossed.item()));
    for (const double g : reals(crossed.backward()[rows])) BOOST_TEST(std::isfinite(g));
  }
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_classes_is_that_of_their_distribution) {
  const Tensor x =
      tensor({{0.1, 2.0, -1.0}, {1.0, 0.0, 0.5}, {-2.0, 0.3, 0.2}, {3.0, 1.0, 1.0}}, f64);
  const Tensor classes = tensor({1, 0, 2, 0});
  const Tensor spread = tensor({{0, 1, 0}, {1, 0, 0}, {0, 0, 1}, {1, 0, 0}}, f64);
  const Tensor weight = tensor({1.0, 3.0, 0.5}, f64);
  for (const Reduction reduction : {Reduction::none, Reduction::sum}) {
    const CrossEntropyOptions options{
        .weight = weight, .label_smoothing = 0.2, .reduction = reduction};
    const Tensor a = Tensor(x).clone().set_requires_grad(), b = x.clone().set_requires_grad();
    const Tensor left = cross_entropy(a, classes, options),
                 right = cross_entropy(b, spread, options);
    // smoothing weighs the classes it spreads to, and the target by its own
    BOOST_TEST(distance(left, right) <= 1e-14);
    BOOST_TEST(distance(sum(left).backward()[a], sum(right).backward()[b]) <= 1e-14);
  }
  const Tensor mean = cross_entropy(x, classes, {.weight = weight});
  const Tensor all = cross_entropy(x, classes, {.weight = weight, .reduction = Reduction::sum});
  BOOST_TEST(mean.item() == all.item() / (1 + 1 + 3 + 0.5), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(nll_loss(log_softmax(x), classes, {.weight = weight}).item() == mean.item(),
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(a_weight_never_widens_a_loss) {
  const Tensor x = zeros({3}), target = ones({3});
  for (const Tensor& weight : {ones({3, 1}), ones({2, 3}), ones({2})}) {
    BOOST_CHECK_THROW(binary_cross_entropy_with_logits(x, target, {.weight = weight}), Error);
    BOOST_CHECK_THROW(binary_cross_entropy_with_logits(x, target, {.pos_weight = weight}), Error);
    BOOST_CHECK_THROW(binary_cross_entropy(sigmoid(x), target, {.weight = weight}), Error);
  }
  const Tensor truths = tensor({true, false, true});
  BOOST_TEST(tests::same_bits(
      binary_cross_entropy_with_logits(x, truths, {.pos_weight = full({1}, 2.0)}),
      binary_cross_entropy_with_logits(x, truths.to(f32), {.pos_weight = full({1}, 2.0)})));
}

// The sum over all does not fit, the mean does.
BOOST_AUTO_TEST_CASE(a_mean_is_finite_where_its_losses_are) {
  for (const DType dtype : {f32, f64}) {
    const double large = dtype == f32 ? 1e36 : 1e306;
    const Tensor x = full({1000}, large, dtype), zero = zeros({1000}, dtype);
    for (const Tensor& loss : {binary_cross_entropy_with_logits(x, zero), l1_loss(x, zero),
                               huber_loss(x, zero), mse_loss(sqrt(x), zero)}) {
      BOOST_TEST(std::fabs(loss.item<double>() / large - 1) < 1e-4);
    }
  }
}

// A class that a mask made impossible does not bear on the others.
BOOST_AUTO_TEST_CASE(masked_classes_count_for_nothing) {
  const Tensor logits = tensor({{1.0, -INFINITY, 2.0}}), target = tensor({0});
  BOOST_TEST(std::fabs(cross_entropy(logits, target).item<double>() - 1.3132616875182228) < 1e-6);
  const Tensor weight = tensor({1.0, 0.0, 1.0});
  BOOST_TEST(std::isfinite(
      cross_entropy(logits, target, {.weight = weight, .label_smoothing = 0.1}).item<double>()));
}

BOOST_AUTO_TEST_CASE(no_loss_is_minus_zero) {
  const Tensor logits = tensor({{1000.0, 0.0}, {0.0, 1000.0}}), classes = tensor({0, 1});
  for (const Tensor& loss :
       {cross_entropy(logits, classes, {.reduction = Reduction::none}),
        cross_entropy(logits, one_hot(classes, 2).to(f64), {.reduction = Reduction::none}),
        nll_loss(log_softmax(logits, 1), classes, {.reduction = Reduction::none})}) {
    const Tensor elements = loss.to(f64).contiguous();
    for (const double element : elements.values<double>()) {
      BOOST_TEST(element == 0);
      BOOST_TEST(!std::signbit(element));
    }
  }
}

// The sum over all classes, with and without weights, keeps the digits of f32.
BOOST_AUTO_TEST_CASE(a_smoothed_loss_of_many_classes_is_that_of_f64) {
  constexpr std::int64_t classes = 200'000;
  manual_seed(1);
  const Tensor logits = randn({2, classes}), weight = rand({classes});
  const Tensor target = tensor({5, 7});
  const auto loss = [&](DType dtype, const Tensor& of) {
    const CrossEntropyOptions options{.weight = of.defined() ? of.to(dtype) : of,
                                      .label_smoothing = 0.5};
    return cross_entropy(logits.to(dtype), target, options).to(f64).item();
  };
  for (const Tensor& of : {Tensor(), weight}) {
    const double exact = loss(f64, of), found = loss(f32, of);
    BOOST_TEST(std::fabs(found - exact) <= 4 * 0x1p-24 * exact, found << " for " << exact);
  }
}

BOOST_AUTO_TEST_CASE(ignored_samples_count_for_nothing) {
  const Tensor x = tensor({{0.1, 2.0}, {1.0, 0.0}, {-2.0, 0.3}}, f64).set_requires_grad();
  const Tensor some = cross_entropy(x, tensor({1, -100, 0}));
  const Tensor gradient = some.backward()[x];
  BOOST_TEST(reals(gradient)[2] == 0);
  BOOST_TEST(reals(gradient)[3] == 0);
  const Tensor kept = cross_entropy(tensor({{0.1, 2.0}, {-2.0, 0.3}}, f64), tensor({1, 0}));
  BOOST_TEST(some.item() == kept.item(), boost::test_tools::tolerance(1e-15));
  const Tensor none = tensor({-100, -100, -100});
  BOOST_TEST(cross_entropy(x, none, {.reduction = Reduction::sum}).item() == 0);
  const auto mean = [&] { cross_entropy(x, none); };
  BOOST_CHECK(kind_of(mean, "ignore_index -100") == ErrorKind::value);
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong) {
  const Tensor x = ones({4, 3}, f64);
  const auto crossed = [&](const Tensor& target, const CrossEntropyOptions& options = {}) {
    return [=] { cross_entropy(x, target, options); };
  };
  BOOST_CHECK(kind_of(crossed(tensor({0, 1, 7, 2})), "sample 2 is 7, outside the 3") ==
              ErrorKind::index);
  BOOST_CHECK(kind_of(crossed(tensor({0, 1, -1, 2})), "sample 2 is -1") == ErrorKind::index);
  BOOST_CHECK(kind_of(crossed(tensor({0, 1})), "[4, 3]") == ErrorKind::shape);
  BOOST_CHECK(kind_of(crossed(ones({4, 2}, f64)), "[4, 2]") == ErrorKind::shape);
  BOOST_CHECK(kind_of(crossed(ones({4}, boolean)), "bool") == ErrorKind::dtype);
  BOOST_CHECK(kind_of(crossed(tensor({0, 1, 2, 0}), {.label_smoothing = 2}), "2") ==
              ErrorKind::value);
  BOOST_CHECK(kind_of(crossed(tensor({0, 1, 2, 0}), {.weight = ones({4}, f64)}), "[4]") ==
              ErrorKind::shape);
  const auto empty = [] { cross_entropy(ones({0, 3}), zeros({0}, i64)); };
  BOOST_CHECK(kind_of(empty, "[0, 3]") == ErrorKind::shape);
  const auto nothing = [] { mse_loss(ones({0}), ones({0})); };
  BOOST_CHECK(kind_of(nothing, "[0]") == ErrorKind::shape);
  const auto columns = [] { mse_loss(ones({4, 1}), ones({4})); };
  BOOST_CHECK(kind_of(columns, "[4, 1]") == ErrorKind::shape);
  const auto outside = [] { binary_cross_entropy(tensor({0.5, 1.5}), ones({2})); };
  BOOST_CHECK(kind_of(outside, "element 1") == ErrorKind::value);
  const auto delta = [&] { huber_loss(x, x, {.delta = 0}); };
  BOOST_CHECK(kind_of(delta, "delta") == ErrorKind::value);
}

BOOST_AUTO_TEST_CASE(a_class_of_no_probability_may_be_masked) {
  Tensor logits = tensor({{1.0, -std::numeric_limits<double>::infinity(), 0.0}}, f64);
  logits.set_requires_grad();
  const Tensor loss = cross_entropy(logits, tensor({{0.5, 0.0, 0.5}}, f64));
  BOOST_TEST(std::fabs(loss.item() - (std::log1p(std::exp(1.0)) - 0.5)) < 1e-12);
  for (const double one : reals(loss.backward()[logits])) BOOST_TEST(std::isfinite(one));
}

// A weight is a constant, whatever it requires.
BOOST_AUTO_TEST_CASE(a_constant_makes_no_graph) {
  Tensor weight = ones({3});
  weight.set_requires_grad();
  BOOST_TEST(!cross_entropy(ones({2, 3}), tensor({0, 1}), {.weight = weight}).requires_grad());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
