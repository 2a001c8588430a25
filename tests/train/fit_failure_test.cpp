// fit: runs whose numbers leave the range, what they leave behind, and what goes on from there.
#include <cmath>
#include <limits>

#include "tests/train/factor.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(fit_failure_test)

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_ends_the_run) {
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 1e20}});
  BOOST_CHECK_EXCEPTION(
      fit(model, opt, ones_and_zeros(), quiet({.epochs = 5, .batch = 2})), Error,
      thrown(ErrorKind::numeric, {"fit", "epoch 1, batch 2 of 2", "after 1 steps", "lr = 1e+20"}));
  BOOST_TEST(std::isfinite(model.w.tensor().item()));
}

// The last step has no loss after it.
BOOST_AUTO_TEST_CASE(a_last_step_that_fails_is_no_success) {
  const data::Set dev(ones({4}), zeros({4}));
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 1e39}});
  BOOST_CHECK_EXCEPTION(
      fit(model, opt, ones_and_zeros(), quiet({.epochs = 1, .batch = 4})), Error,
      thrown(ErrorKind::numeric, {"w holds", "epoch 1", "after 1 steps", "lr = 1e+39"}));
  // Finite weights, whose loss is not: never the best ones.
  Factor large = factor(3);
  optim::Optimizer fast = optim::make("sgd", params(large), {{"lr", 1e20}});
  const History history =
      fit(large, fast, ones_and_zeros(), quiet({.epochs = 1, .batch = 4, .dev = &dev}));
  BOOST_TEST(std::isinf(history.epochs[0].dev_loss));
  BOOST_TEST(history.best_epoch == 0);
  const data::Set hole(full({4}, std::numeric_limits<double>::quiet_NaN(), f32), zeros({4}));
  Factor whole = factor(3);
  optim::Optimizer slow = optim::make("sgd", params(whole), {{"lr", 0.1}});
  BOOST_CHECK_EXCEPTION(
      fit(whole, slow, ones_and_zeros(), quiet({.epochs = 1, .batch = 4, .dev = &hole})), Error,
      thrown(ErrorKind::numeric, {"dev set is nan"}));
  // What was best is kept.
  Factor again = factor(3);
  optim::Optimizer late = optim::make("sgd", params(again), {{"lr", 0.1}});
  const auto rush = [&](EpochFigures& epoch) {
    if (epoch.epoch == 2) late.set("lr", 1e39);
  };
  BOOST_CHECK_EXCEPTION(fit(again, late, ones_and_zeros(),
                            quiet({.epochs = 3, .batch = 4, .dev = &dev, .on_epoch = rush})),
                        Error, thrown(ErrorKind::numeric, {"epoch 3", "weights of epoch 2 again"}));
  BOOST_TEST(again.w.tensor().item() == 3 * 0.8 * 0.8, boost::test_tools::tolerance(1e-6));
}

// What a callback does after an epoch is found in that epoch, not in one that never began.
BOOST_AUTO_TEST_CASE(a_callback_that_spoils_the_weights_is_named_by_its_epoch) {
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 0.1}});
  const auto spoil = [&](EpochFigures& epoch) {
    const NoGrad writing;
    Tensor(model.w.tensor()).fill_(std::numeric_limits<double>::quiet_NaN());
    epoch.stop = true;
  };
  BOOST_CHECK_EXCEPTION(
      fit(model, opt, ones_and_zeros(), quiet({.epochs = 3, .batch = 4, .on_epoch = spoil})), Error,
      thrown(ErrorKind::numeric, {"w holds", "in epoch 1 (after 1 steps"}));
}

// Whichever check finds it, the best weights are there again and the checkpoint is a good one.
BOOST_AUTO_TEST_CASE(a_run_that_failed_leaves_what_was_best) {
  const data::Set dev(ones({4}), zeros({4}));
  const data::TrainSet two_batches(data::Set(ones({8}), zeros({8})));
  for (const std::int64_t bad_batch : {1, 2}) {
    const Folder folder;
    Factor model = factor(3);
    optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 0.1}});
    const auto rush = [&](StepFigures& step) {
      if (step.step == 3 + static_cast<std::uint64_t>(bad_batch)) opt.set("lr", 1e39);
    };
    FitOptions options = quiet({.epochs = 4, .batch = 4, .dev = &dev, .on_step = rush});
    options.checkpoint = folder / "run";
    options.every = 1;
    BOOST_CHECK_EXCEPTION(fit(model, opt, two_batches, options), Error,
                          thrown(ErrorKind::numeric, {"lr = 1e+39", "epoch 2 again"}));
    const float best = model.w.tensor().item<float>();
    BOOST_TEST(best == static_cast<float>(3 * std::pow(0.8, 4)),
               boost::test_tools::tolerance(1e-5f));
    // What is resumed is a run before the bad step; it can go on.
    optim::Optimizer tame = optim::make("sgd", params(model), {{"lr", 0.1}});
    options.resume = true;
    options.on_resume = [&](const History&) { tame.set("lr", 0.1); };
    options.on_step = nullptr;
    fit(model, tame, two_batches, options);
    BOOST_TEST(model.w.tensor().item() < best);
  }
  // A callback that ends the run does not hide it.
  Factor model = factor(3);
  optim::Optimizer fast = optim::make("sgd", params(model), {{"lr", 1e39}});
  const auto stop = [](StepFigures& step) { step.stop = true; };
  BOOST_CHECK_EXCEPTION(fit(model, fast, two_batches, quiet({.batch = 4, .on_step = stop})), Error,
                        thrown(ErrorKind::numeric, {"holds a NaN or an infinity"}));
}

BOOST_AUTO_TEST_CASE(buffers_that_leave_the_range_end_the_run) {
  struct {
    nn::BatchNorm1d norm{1};
    nn::Linear out{1, 2};
    Tensor operator()(const Tensor& x) const { return out(norm(x)); }
  } model;
  initialize(params(model), "he_normal", {.seed = 1});
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 1e-6}});
  const Random random({.seed = 3});
  const data::TrainSet large(data::Set(mul(rand({8, 1}), 3e19), zeros({8}, i64)));
  BOOST_CHECK_EXCEPTION(fit(model, opt, large, quiet({.epochs = 1, .batch = 8})), Error,
                        thrown(ErrorKind::numeric, {"norm.running_var"}));
}

// A new best whose weights are not kept must not be told by those of an older one.
BOOST_AUTO_TEST_CASE(weights_of_an_older_best_are_dropped) {
  const Folder folder;
  const data::Set dev(ones({4}), zeros({4}));
  const std::vector<double> told{.5, .6, .7, .8, .1};
  std::size_t asked = 0;
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 0.1}});
  FitOptions options = quiet({.epochs = 2, .batch = 4, .dev = &dev, .metric = Told{&told, &asked}});
  options.checkpoint = folder / "run";
  fit(model, opt, ones_and_zeros(), options);
  options.resume = true;
  options.restore_best = false;
  options.epochs = 4;
  BOOST_TEST(fit(model, opt, ones_and_zeros(), options).best_epoch == 4);
  options.restore_best = true;
  options.epochs = 5;
  BOOST_CHECK_EXCEPTION(fit(model, opt, ones_and_zeros(), options), Error,
                        thrown(ErrorKind::value, {"no weights of the best epoch (4)"}));
}

BOOST_AUTO_TEST_CASE(patience_begins_with_the_dev_set) {
  const Folder folder;
  const data::Set dev(ones({4}), zeros({4}));
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 0.1}});
  FitOptions options = quiet({.epochs = 5, .batch = 4});
  options.checkpoint = folder / "run";
  fit(model, opt, ones_and_zeros(), options);
  options.resume = true;
  options.dev = &dev;
  options.patience = 3;
  options.epochs = 7;
  const History history = fit(model, opt, ones_and_zeros(), options);
  BOOST_TEST(history.epochs.size() == 7u);
  BOOST_TEST(history.best_epoch == 7);
}

// What is infinite from the beginning, as a mask, is no fault; nor is a perfect figure.
BOOST_AUTO_TEST_CASE(infinities_that_are_meant) {
  struct Masked {
    Param w = Param::weight({1}), mask = Param::weight({1});
    Tensor operator()(const Tensor& x) const { return x * w; }
  } model;
  initialize(params(model.w), "constant", {}, {{"value", 3.0}});
  initialize(params(model.mask), "zeros");
  {
    const NoGrad values;
    params(model.mask)[0].tensor.fill_(-std::numeric_limits<double>::infinity());
  }
  optim::Optimizer opt = optim::make("sgd", params(model.w), {{"lr", 0.1}});
  const data::Set dev(ones({4}), zeros({4}));
  const std::vector<double> told{std::numeric_limits<double>::infinity(), 0.2, 0.1};
  std::size_t asked = 0;
  const History history = fit(model, opt, ones_and_zeros(),
                              quiet({.epochs = 3, .dev = &dev, .metric = Told{&told, &asked}}));
  BOOST_TEST(history.best_epoch == 1);
}

BOOST_AUTO_TEST_SUITE_END()
