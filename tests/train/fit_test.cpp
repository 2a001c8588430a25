// fit: what it tells of a run, on any number of threads; early stop, best weights, callbacks,
// refusals. How a run goes on from a file is in fit_resume_test.cpp.
#include <algorithm>
#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/thrown.hpp"
#include "tests/train/factor.hpp"
#include "tests/train/outcome.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(fit_test)

BOOST_AUTO_TEST_CASE(it_learns_and_tells) {
  Net net = fresh_net();
  optim::Optimizer opt = optim::make("adam", params(net), {{"lr", 0.05}});
  const data::Set dev = moons(100, 5);
  const History history =
      fit(net, opt, moons(200), quiet({.epochs = 30, .batch = 32, .dev = &dev, .seed = 1}));
  BOOST_TEST(history.epochs.size() == 30u);
  BOOST_TEST(history.metric == "accuracy");
  BOOST_TEST(history.epochs.front().train_loss > history.epochs.back().train_loss);
  double best = 0;
  for (const EpochFigures& epoch : history.epochs) best = std::max(best, epoch.dev_metric);
  BOOST_TEST(best > 0.8);
  BOOST_TEST(evaluate(net, dev, accuracy) == best);
  BOOST_TEST(history.epochs.at(static_cast<std::size_t>(history.best_epoch - 1)).dev_metric ==
             best);
}

BOOST_AUTO_TEST_CASE(seeds_and_threads) {
  const data::Set dev = moons(30, 9);
  const FitOptions options{.epochs = 3, .batch = 16, .dev = &dev, .seed = 7};
  const Outcome first = trained(options);
  const int before = threads();
  for (const int count : {1, 3, 8}) {
    threads(count);
    const Outcome again = trained(options);
    BOOST_TEST(again.digest == first.digest);
    check_same(again.history, first.history);
  }
  threads(before);
  FitOptions other = options;
  other.seed = 8;
  BOOST_TEST(trained(other).digest != first.digest);
}

BOOST_AUTO_TEST_CASE(the_callers_random_stream_is_untouched) {
  const Random scope{5};
  trained({.epochs = 1});
  BOOST_TEST((Random::state() == RandomState{.seed = 5}));
}

BOOST_AUTO_TEST_CASE(patience_and_best_weights) {
  const std::vector<double> told{0.1, 0.5, 0.7, 0.7, 0.6, 0.9, 0.9};
  const auto run = [&](FitOptions options, std::vector<std::string>& digests) {
    std::size_t asked = 0;
    const data::Set dev = moons(20, 2);
    Net net = fresh_net();
    optim::Optimizer opt = adam(net);
    options.epochs = 7;
    options.dev = &dev;
    options.metric = Told{&told, &asked};
    options.on_epoch = [&](EpochFigures&) { digests.push_back(weights_digest(net)); };
    const History history = fit(net, opt, moons(), quiet(options));
    digests.push_back(weights_digest(net));
    return history;
  };
  std::vector<std::string> digests;
  History history = run({.patience = 2}, digests);
  BOOST_TEST(history.epochs.size() == 5u);
  BOOST_TEST(history.stopped_early);
  BOOST_TEST(history.best_epoch == 3);
  BOOST_TEST(digests.back() == digests[2]);
  BOOST_TEST(digests[2] != digests[4]);

  digests.clear();
  history = run({.patience = 3}, digests);  // 0.9 comes in time
  BOOST_TEST(history.epochs.size() == 7u);
  BOOST_TEST(history.best_epoch == 6);

  digests.clear();
  history = run({.patience = 2, .min_delta = 0.45}, digests);  // 0.5 is not enough above 0.1
  BOOST_TEST(history.best_epoch == 3);

  digests.clear();
  history = run({.patience = 2, .restore_best = false}, digests);
  BOOST_TEST(digests.back() == digests[4]);
}

BOOST_AUTO_TEST_CASE(a_metric_that_is_no_number_is_never_best) {
  const std::vector<double> told{std::numeric_limits<double>::quiet_NaN(), 0.2, 0.1};
  std::size_t asked = 0;
  const data::Set dev = moons(20, 2);
  const Outcome outcome =
      trained({.epochs = 3, .dev = &dev, .metric = Told{&told, &asked}, .patience = 3});
  BOOST_TEST(outcome.history.best_epoch == 2);
  const std::vector<double> nothing(3, std::numeric_limits<double>::quiet_NaN());
  asked = 0;
  const Outcome none = trained({.epochs = 3, .dev = &dev, .metric = Told{&nothing, &asked}});
  BOOST_TEST(none.history.best_epoch == 0);
  BOOST_TEST(none.digest == trained({.epochs = 3}).digest);  // the last weights, not the first
}

BOOST_AUTO_TEST_CASE(numbers_are_fitted_by_the_squared_error) {
  Factor model = factor(3);
  optim::Optimizer opt = optim::make("sgd", params(model), {{"lr", 0.5}});
  const data::Set dev = ones_and_zeros();
  const History history =
      fit(model, opt, ones_and_zeros(), quiet({.epochs = 2, .batch = 4, .dev = &dev}));
  BOOST_TEST(history.metric == "");
  BOOST_TEST(history.epochs[0].train_loss == 9);
  BOOST_TEST(history.epochs[0].dev_loss == 0);
  BOOST_TEST(history.epochs[1].train_loss == 0);
  BOOST_TEST(std::isnan(history.epochs[0].dev_metric));
}

BOOST_AUTO_TEST_CASE(callbacks_see_every_step_and_may_stop) {
  std::vector<std::int64_t> batches;
  Outcome outcome = trained({.epochs = 5, .batch = 32, .on_step = [&](StepFigures& step) {
                               batches.push_back(step.batch);
                               BOOST_TEST(step.step == batches.size());
                               BOOST_TEST(step.samples == (step.batch == 3 ? 6 : 32));
                               step.stop = step.epoch == 2 && step.batch == 2;
                             }});
  const std::vector<std::int64_t> expected{1, 2, 3, 1, 2};
  BOOST_TEST(batches == expected, boost::test_tools::per_element());
  BOOST_TEST(outcome.history.stopped_by_callback);
  BOOST_TEST(outcome.history.epochs.size() == 1u);  // the second has no figures
  outcome = trained({.epochs = 5, .on_epoch = [](EpochFigures& e) { e.stop = e.epoch == 3; }});
  BOOST_TEST(outcome.history.epochs.size() == 3u);
}

// Wherever a run is stopped, what it tells is what the whole run tells of the epochs that are over.
BOOST_AUTO_TEST_CASE(an_epoch_that_was_not_finished_has_no_figures) {
  const std::vector<double> told{0.5, 0.4, 0.9};
  const data::Set dev = moons(20, 2);
  std::size_t asked = 0;
  std::vector<std::string> after;  // each epoch of the whole run
  const auto run = [&](std::uint64_t steps, std::vector<std::string>& digests) {
    Net net = fresh_net();
    optim::Optimizer opt = adam(net);
    asked = 0;
    Outcome outcome;
    outcome.history =
        fit(net, opt, moons(),
            quiet({.epochs = 3,
                   .batch = 16,
                   .dev = &dev,
                   .metric = Told{&told, &asked},
                   .seed = 7,
                   .on_step = [&](StepFigures& step) { step.stop = step.step == steps; },
                   .on_epoch = [&](EpochFigures&) { digests.push_back(weights_digest(net)); }}));
    outcome.digest = weights_digest(net);
    return outcome;
  };
  const History whole = run(0, after).history;
  for (std::uint64_t steps = 1; steps <= 15; ++steps) {
    std::vector<std::string> digests;
    const Outcome stopped = run(steps, digests);
    const std::size_t over = steps / 5;  // 70 samples are 5 batches
    BOOST_TEST_CONTEXT("stopped after step " << steps) {
      BOOST_TEST(asked == over);
      BOOST_TEST(digests.size() == over);
      BOOST_TEST(stopped.history.stopped_by_callback);
      BOOST_REQUIRE(stopped.history.epochs.size() == over);
      for (std::size_t i = 0; i < over; ++i) {
        BOOST_TEST(stopped.history.epochs[i].train_loss == whole.epochs[i].train_loss);
        BOOST_TEST(stopped.history.epochs[i].best == whole.epochs[i].best);
      }
      if (over > 0) BOOST_TEST(stopped.digest == after[over == 3 ? 2 : 0]);  // the best so far
    }
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained_is_refused) {
  const data::Set none;
  BOOST_CHECK_EXCEPTION(trained({.epochs = -1}), Error, thrown(ErrorKind::value, {"-1 epochs"}));
  BOOST_CHECK_EXCEPTION(trained({.batch = 0}), Error, thrown(ErrorKind::value, {"0"}));
  BOOST_CHECK_EXCEPTION(trained({.dev = &none}), Error,
                        thrown(ErrorKind::value, {"dev set is empty"}));
  BOOST_CHECK_EXCEPTION(trained({.patience = 1}), Error, thrown(ErrorKind::value, {".dev = &dev"}));
  BOOST_CHECK_EXCEPTION(trained({.resume = true}), Error, thrown(ErrorKind::value, {"no file"}));
  const data::Set untold = data::in_memory({{"x", ones({4, 2})}});
  BOOST_CHECK_EXCEPTION(trained({.dev = &untold}), Error, thrown(ErrorKind::value, {"no target"}));
  // Before the first step, not at the first save.
  const auto never = [](StepFigures&) { BOOST_ERROR("a step was done"); };
  BOOST_CHECK_EXCEPTION(trained({.checkpoint = "nowhere/run.ckpt", .on_step = never}), Error,
                        thrown(ErrorKind::io, {"nowhere/run.ckpt"}));
  BOOST_CHECK_EXCEPTION(trained({.notes = {{"by", "\xff"}}, .on_step = never}), Error,
                        thrown(ErrorKind::value, {"UTF-8"}));
  Net net = fresh_net();
  optim::Optimizer opt = adam(net);
  BOOST_CHECK_EXCEPTION(fit(net, opt, data::TrainSet(), quiet({})), Error,
                        thrown(ErrorKind::value, {"training set is empty"}));
  const data::TrainSet three_classes(data::Set(ones({4, 2}), tensor({0, 1, 2, 1})));
  BOOST_CHECK_EXCEPTION(fit(net, opt, three_classes, quiet({})), Error,
                        thrown(ErrorKind::index, {"2"}));
  Net copy = net;
  BOOST_CHECK_EXCEPTION(fit(copy, opt, moons(), quiet({})), Error,
                        thrown(ErrorKind::state, {"copied"}));
}

BOOST_AUTO_TEST_SUITE_END()
