// Metrics against values computed by hand, and evaluate and predict against one forward of
// everything.
#include <cmath>
#include <sstream>

#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

const auto identity = [](const Tensor& x) { return x; };

// Answers 0, 1, 1, 2, 0 for labels 0, 1, 2, 2, 1.
data::Set five() {
  return data::Set(tensor({{9, 1, 0}, {0, 5, 1}, {0, 3, 1}, {0, 0, 1}, {1, 0, 0}}, f32),
                   tensor({0, 1, 2, 2, 1}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(accuracy_counts_the_largest_entry) {
  for (const std::int64_t batch : {1, 2, 5, 100}) {
    BOOST_TEST(evaluate(identity, five(), accuracy, {.batch = batch}) == 3.0 / 5);
  }
}

BOOST_AUTO_TEST_CASE(accuracy_of_yes_and_no) {
  Accuracy by_logits;
  by_logits.add(tensor({-1.0, 0.5, 2.0, -3.0}), tensor({0, 1, 0, 0}));
  BOOST_TEST(by_logits.value() == 0.75);
  Accuracy by_probability{.threshold = 0.5};
  by_probability.add(tensor({{0.4}, {0.6}}), tensor({0.0, 1.0}));
  BOOST_TEST(by_probability.value() == 1.0);
  BOOST_TEST(std::isnan(Accuracy().value()));
}

BOOST_AUTO_TEST_CASE(nan_is_no_answer) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Accuracy one;
  BOOST_CHECK_EXCEPTION(one.add(tensor({{0.0, 1.0}, {1.0, nan}}), tensor({1, 0})), Error,
                        thrown(ErrorKind::numeric, {"accuracy", "answer 1", "NaN"}));
  BOOST_CHECK_EXCEPTION(one.add(tensor({nan, 0.5}), tensor({0, 1})), Error,
                        thrown(ErrorKind::numeric, {"answer 0"}));
  Accuracy masked;
  masked.add(tensor({{0.0, 1.0}, {nan, nan}}), tensor({1, -100}));
  BOOST_TEST(masked.value() == 1);
  Confusion many;
  BOOST_CHECK_EXCEPTION(many.add(tensor({{nan, nan}}), tensor({1})), Error,
                        thrown(ErrorKind::numeric, {"confusion"}));
}

BOOST_AUTO_TEST_CASE(ignored_samples_count_for_nothing) {
  Accuracy some{.ignore_index = 1};
  some.add(five().column("x"), five().column("y"));
  BOOST_TEST(some.seen == 3);
  BOOST_TEST(some.right == 2);
}

BOOST_AUTO_TEST_CASE(accuracy_of_dense_answers) {
  Accuracy dense;  // output [1, 2, 3], target [1, 3]
  dense.add(tensor({{{1, 0, 1}, {0, 1, 0}}}, f32), tensor({{0, 1, 1}}));
  BOOST_TEST(dense.value() == 2.0 / 3);
}

BOOST_AUTO_TEST_CASE(misfits_are_refused) {
  Accuracy a;
  BOOST_CHECK_EXCEPTION(a.add(ones({4, 3}), tensor({0, 1})), Error,
                        thrown(ErrorKind::shape, {"accuracy", "[4, 3]", "[2]"}));
  BOOST_CHECK_EXCEPTION(a.add(ones({2, 3}), tensor({0, 3})), Error,
                        thrown(ErrorKind::index, {"sample 1", "class 3", "3 classes"}));
  BOOST_CHECK_EXCEPTION(a.add(ones({2}), tensor({0.0, 0.5})), Error,
                        thrown(ErrorKind::value, {"element 1", "0.5", "MeanLoss{mse_loss}"}));
  BOOST_CHECK_EXCEPTION(evaluate(identity, data::Set(), accuracy), Error,
                        thrown(ErrorKind::value, {"evaluate", "empty"}));
  BOOST_CHECK_EXCEPTION(evaluate(identity, five(), accuracy, {.batch = 0}), Error,
                        thrown(ErrorKind::value, {"batches of 0"}));
}

BOOST_AUTO_TEST_CASE(mean_loss_counts_samples) {
  const data::Set set(tensor({1.0, 2.0, 6.0}), tensor({0.0, 0.0, 0.0}));
  for (const std::int64_t batch : {1, 2, 3}) {  // (1 + 4 + 36) / 3, also of unequal batches
    BOOST_TEST(evaluate(identity, set, MeanLoss{mse_loss}, {.batch = batch}) == 41.0 / 3,
               boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(confusion_by_hand) {
  const ConfusionMatrix matrix =
      evaluate(identity, five().with_names({.classes = {"ant", "bee", "centipede"}}), confusion,
               {.batch = 2});
  BOOST_TEST(matrix.count(0, 0) == 1);
  BOOST_TEST(matrix.count(1, 0) == 1);
  BOOST_TEST(matrix.count(1, 1) == 1);
  BOOST_TEST(matrix.count(2, 1) == 1);
  BOOST_TEST(matrix.count(2, 2) == 1);
  BOOST_TEST(matrix.accuracy() == 0.6);
  BOOST_TEST(matrix.precision(0) == 0.5);
  BOOST_TEST(matrix.recall(0) == 1.0);
  BOOST_TEST(matrix.f1(0) == 2.0 / 3);
  BOOST_TEST(matrix.precision(2) == 1.0);
  BOOST_TEST(matrix.recall(2) == 0.5);
  BOOST_TEST(matrix.macro_f1() == (2.0 / 3 + 0.5 + 2.0 / 3) / 3);
  std::ostringstream table;
  table << matrix;
  BOOST_TEST(table.str() ==
             "            ant   bee centi  precision  recall      f1\n"
             "ant           1     0     0     0.5000  1.0000  0.6667\n"
             "bee           1     1     0     0.5000  0.5000  0.5000\n"
             "centipede     0     1     1     1.0000  0.5000  0.6667\n"
             "accuracy 0.6000, macro f1 0.6111; rows: true classes, columns: answers\n");
  BOOST_CHECK_EXCEPTION(matrix.count(3, 0), Error, thrown(ErrorKind::index, {"class 3 among 3"}));
}

BOOST_AUTO_TEST_CASE(a_class_that_never_occurs_has_no_figures) {
  ConfusionMatrix matrix(2);
  matrix.add(0, 0, 3);
  BOOST_TEST(std::isnan(matrix.precision(1)));
  BOOST_TEST(std::isnan(matrix.recall(1)));
  BOOST_TEST(matrix.macro_f1() == 1.0);
}

BOOST_AUTO_TEST_CASE(evaluation_changes_nothing) {
  Net net = fresh_net();
  const data::Set set = moons();
  const std::string before = weights_digest(net);
  Random scope{3};
  const double first = evaluate(net, set, MeanLoss{cross_entropy}, {.batch = 16});
  BOOST_TEST(evaluate(net, set, MeanLoss{cross_entropy}, {.batch = 16}) == first);
  BOOST_TEST(weights_digest(net) == before);
  BOOST_TEST(Random::state().counter == 0u);  // no dropout
  BOOST_TEST(Mode::current().training);
}

BOOST_AUTO_TEST_CASE(matrices_of_reasonable_size) {
  BOOST_CHECK_EXCEPTION(ConfusionMatrix(4'000'000'000), Error,
                        thrown(ErrorKind::value, {"4000000000"}));
}

BOOST_AUTO_TEST_CASE(outputs_of_two_shapes_are_not_joined) {
  const auto model = [](const Tensor& x) { return x.size(0) == 4 ? x : slice(x, 1, 0, 1); };
  BOOST_CHECK_EXCEPTION(predict(model, ones({6, 2}), {.batch = 4}), Error,
                        thrown(ErrorKind::shape, {"[2, 1]", "[6, 2]"}));
}

BOOST_AUTO_TEST_CASE(predict_joins_the_batches) {
  const Net net = fresh_net();
  const data::Set set = moons(50);
  Tensor whole;
  {
    const Evaluation mode;
    whole = net(set.column("x"));
  }
  for (const std::int64_t batch : {7, 50, 64}) {
    const Tensor from_set = predict(net, set, {.batch = batch});
    const Tensor from_tensor = predict(net, set.column("x"), {.batch = batch});
    BOOST_TEST((from_set.shape() == Shape{50, 2}));
    BOOST_TEST(!from_set.requires_grad());
    for (std::size_t i = 0; i < 100; ++i) {
      BOOST_TEST(from_set.values<float>()[i] == from_tensor.values<float>()[i]);
      BOOST_TEST(from_set.values<float>()[i] == whole.values<float>()[i],
                 boost::test_tools::tolerance(1e-5f));
    }
  }
  const Tensor none = predict(net, zeros({0, 2}));
  BOOST_TEST((none.shape() == Shape{0, 2}));
  BOOST_CHECK_EXCEPTION(predict([](const Tensor& x) { return x[0]; }, ones({3, 2})), Error,
                        thrown(ErrorKind::shape, {"[2] of [3, 2]"}));
}

BOOST_AUTO_TEST_SUITE_END()
