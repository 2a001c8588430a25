// Scalers: what they make of the set they were fitted on, and that only a training set fits them.
#include <attune/data/batches.hpp>
#include <attune/data/scaler.hpp>
#include <attune/data/shipped.hpp>
#include <attune/data/split.hpp>
#include <attune/ops.hpp>
#include <cmath>
#include <limits>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::same;
using attune::tests::throws;

namespace {

template <class Scaler, class AnySet>
concept fits = requires(const AnySet& set) {
  Scaler::fit(set);
};
static_assert(fits<data::Standardizer, data::TrainSet> && !fits<data::Standardizer, data::Set>);
static_assert(fits<data::MinMax, data::TrainSet> && !fits<data::MinMax, data::Set>);

data::TrainSet training(const Tensor& x) {
  return data::TrainSet(data::Set(x, zeros({x.size(0)}, i64)));
}

struct Model {
  data::Standardizer scale;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scalers)

BOOST_AUTO_TEST_CASE(standardized_features_have_mean_0_and_variance_1) {
  for (const DType dtype : {f32, f64}) {
    const data::Split parts = data::split(data::breast_cancer(dtype), {.dev = 0.2, .seed = 1});
    const data::Standardizer scaler = data::Standardizer::fit(parts.train);
    BOOST_TEST(scaler.mean.tensor().shape() == Shape{30});
    BOOST_TEST(scaler.mean.tensor().dtype() == dtype);
    const Tensor y = scaler(parts.train.column("x"));
    const auto values = elements<double>(y.to(f64));
    const auto n = static_cast<double>(parts.train.size());
    const double bound = dtype == f64 ? 1e-12 : 1e-4;
    for (std::size_t j = 0; j < 30; ++j) {
      double sum = 0, squares = 0;
      for (std::size_t i = j; i < values.size(); i += 30) {
        sum += values[i];
        squares += values[i] * values[i];
      }
      BOOST_TEST(std::abs(sum / n) < bound);
      BOOST_TEST(std::abs(squares / n - 1) < bound);
    }
  }
}

BOOST_AUTO_TEST_CASE(min_max_features_lie_between_0_and_1) {
  const data::TrainSet train{data::breast_cancer()};
  const auto values = elements<float>(data::MinMax::fit(train)(train.column("x")));
  for (std::size_t j = 0; j < 30; ++j) {
    float lowest = 9, highest = -9;
    for (std::size_t i = j; i < values.size(); i += 30) {
      lowest = std::min(lowest, values[i]);
      highest = std::max(highest, values[i]);
    }
    BOOST_TEST(lowest == 0);
    BOOST_TEST(highest == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_constant_feature_is_scaled_by_1) {
  const Tensor x = tensor(std::vector<float>{0.1f, 1, 0.1f, 3, 0.1f, 5}, {3, 2});
  const data::Standardizer standard = data::Standardizer::fit(training(x));
  BOOST_TEST(elements<float>(standard.scale.tensor()).at(0) == 1);
  BOOST_TEST(elements<float>(standard(x)).at(0) == 0);
  const data::MinMax span = data::MinMax::fit(training(x));
  BOOST_TEST(elements<float>(span.scale.tensor()) == (std::vector<float>{1, 4}));
  BOOST_TEST(elements<float>(span.low.tensor()) == (std::vector<float>{0.1f, 1}));
}

BOOST_AUTO_TEST_CASE(per_channel_and_integers) {
  const Tensor x = tensor(std::vector<std::uint8_t>{1, 3, 10, 30, 5, 7, 50, 70}, {2, 2, 1, 2});
  const data::Standardizer scaler = data::Standardizer::fit(training(x), {.per_channel = true});
  BOOST_TEST(scaler.mean.tensor().shape() == (Shape{2, 1, 1}));
  BOOST_TEST(elements<float>(scaler.mean.tensor()) == (std::vector<float>{4, 40}));
  BOOST_TEST(elements<float>(scaler.scale.tensor()).at(0) == static_cast<float>(std::sqrt(5)));
  BOOST_TEST(scaler(zeros({4, 2, 9, 9})).shape() == (Shape{4, 2, 9, 9}));
  throws(ErrorKind::shape, {"[4, 3, 9, 9]", "[2, 1, 1]"}, [&] { scaler(zeros({4, 3, 9, 9})); });
  throws(ErrorKind::shape, {"per_channel", "[2]"}, [] {
    data::Standardizer::fit(training(zeros({3, 2})), {.per_channel = true});
  });
}

BOOST_AUTO_TEST_CASE(a_field_of_a_model) {
  const data::TrainSet train{data::breast_cancer()};
  Model model;
  throws(ErrorKind::state, {"Standardizer", "fit(train)"}, [&] { model.scale(zeros({1, 30})); });
  model.scale = data::Standardizer::fit(train);
  const Model copy = model;
  const Tensor x = train.column("x");
  BOOST_TEST(same(copy.scale(x), model.scale(x)));
  throws(ErrorKind::shape, {"[2, 29]", "[30]"}, [&] { model.scale(zeros({2, 29})); });
}

BOOST_AUTO_TEST_CASE(large_sets_are_taken_in_parts) {
  const Tensor x = expand(unsqueeze(data::breast_cancer(f64).column("x"), 1), {569, 60, 30});
  const data::Standardizer many = data::Standardizer::fit(training(reshape(x, {569 * 60, 30})));
  const data::Standardizer once = data::Standardizer::fit(data::TrainSet(data::breast_cancer(f64)));
  const auto a = elements<double>(many.scale.tensor()), b = elements<double>(once.scale.tensor());
  for (std::size_t j = 0; j < 30; ++j) BOOST_TEST(std::abs(a[j] / b[j] - 1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fitted) {
  throws(ErrorKind::value, {"empty"}, [] { data::Standardizer::fit(data::TrainSet()); });
  const Tensor x =
      tensor(std::vector<float>{1, 2, 3, std::numeric_limits<float>::quiet_NaN()}, {2, 2});
  throws(ErrorKind::numeric, {"feature 1", "nan", "sample 1"},
         [&] { data::MinMax::fit(training(x)); });
  const Tensor wide = tensor(std::vector<float>{-3e38f, 1, 3e38f, 2}, {2, 2});
  throws(ErrorKind::numeric, {"MinMax", "feature 0", "beyond f32"},
         [&] { data::MinMax::fit(training(wide)); });
  throws(ErrorKind::value, {"\"z\""}, [&] { data::MinMax::fit(training(x), {.field = "z"}); });
}

BOOST_AUTO_TEST_SUITE_END()
