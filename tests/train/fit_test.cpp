// fit: the same bits however it is interrupted and on any number of threads, early stop, best
// weights, callbacks, refusals.
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/train/factor.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

struct Outcome {
  History history;
  std::string digest;
};

Outcome trained(const FitOptions& options, std::uint64_t weights = 1) {
  Net net = fresh_net(weights);
  optim::Optimizer opt = adam(net);
  Outcome outcome;
  outcome.history = fit(net, opt, moons(), quiet(options));
  outcome.digest = weights_digest(net);
  return outcome;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The figures of two runs, but for the times.
void check_same(const History& a, const History& b) {
  BOOST_REQUIRE(a.epochs.size() == b.epochs.size());
  for (std::size_t i = 0; i < a.epochs.size(); ++i) {
    BOOST_TEST(a.epochs[i].epoch == b.epochs[i].epoch);
    BOOST_TEST(a.epochs[i].train_loss == b.epochs[i].train_loss);
    BOOST_TEST(same(a.epochs[i].dev_loss, b.epochs[i].dev_loss));
    BOOST_TEST(same(a.epochs[i].dev_metric, b.epochs[i].dev_metric));
    BOOST_TEST(a.epochs[i].best == b.epochs[i].best);
  }
  BOOST_TEST(a.best_epoch == b.best_epoch);
  BOOST_TEST(a.metric == b.metric);
  BOOST_TEST(a.stopped_early == b.stopped_early);
}

}  // namespace

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

BOOST_AUTO_TEST_CASE(a_resumed_fit_ends_with_the_same_bits) {
  const Folder folder;
  const data::Set dev = moons(30, 9);
  const FitOptions options{.epochs = 3, .batch = 16, .dev = &dev, .seed = 7};
  const Outcome whole = trained(options);
  for (std::uint64_t killed = 1; killed <= 15; ++killed) {
    FitOptions part = options;
    part.checkpoint = folder / "fit";
    part.every = 1;
    part.resume = true;
    std::filesystem::remove(part.checkpoint);
    struct Killed {};
    part.on_step = [&](StepFigures& step) {  // before this step is saved
      if (step.step == killed + 1) throw Killed{};
    };
    part.on_epoch = [&](EpochFigures& epoch) {
      if (killed == 15 && epoch.epoch == 3) throw Killed{};
    };
    BOOST_CHECK_THROW(trained(part), Killed);
    part.on_step = nullptr;
    part.on_epoch = nullptr;
    const Outcome rest = trained(part, 33);
    BOOST_TEST(rest.digest == whole.digest, "killed after step " << killed);
    check_same(rest.history, whole.history);
  }
}

BOOST_AUTO_TEST_CASE(a_finished_fit_resumes_to_its_end_and_beyond) {
  const Folder folder;
  FitOptions options{.epochs = 2, .batch = 16, .seed = 7, .checkpoint = folder / "fit"};
  options.resume = true;
  const Outcome first = trained(options);
  const Outcome again = trained(options, 33);
  BOOST_TEST(again.digest == first.digest);
  check_same(again.history, first.history);
  options.epochs = 4;
  const Outcome longer = trained(options, 33);
  const Outcome whole = trained({.epochs = 4, .batch = 16, .seed = 7});
  BOOST_TEST(longer.digest == whole.digest);
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_from_a_file_that_stays) {
  const Folder folder;
  const data::Set dev = moons(30, 9);
  FitOptions options{.epochs = 3, .batch = 16, .dev = &dev, .seed = 7};
  const Outcome whole = trained(options);
  options.epochs = 1;
  options.checkpoint = folder / "from";
  options.notes = {{"weights", "seed 1"}};
  trained(options);
  const auto written = std::filesystem::last_write_time(folder / "from");

  options.epochs = 3;
  options.resume_from = folder / "from";
  options.checkpoint = folder / "to";
  std::size_t known = 0;
  options.on_resume = [&](const History& history) { known = history.epochs.size(); };
  const Outcome rest = trained(options, 33);
  BOOST_TEST(rest.digest == whole.digest);
  check_same(rest.history, whole.history);
  BOOST_TEST(known == 1u);
  BOOST_TEST((std::filesystem::last_write_time(folder / "from") == written));
  BOOST_TEST(std::filesystem::exists(folder / "to"));

  // A refused resume leaves both alone.
  std::filesystem::remove(folder / "to");
  FitOptions other = options;
  other.notes = {{"weights", "seed 2"}};
  BOOST_CHECK_EXCEPTION(
      trained(other), Error,
      thrown(ErrorKind::value, {folder / "from", "weights \"seed 1\"", "\"seed 2\""}));
  other.notes.clear();
  BOOST_CHECK_EXCEPTION(trained(other), Error, thrown(ErrorKind::value, {"nothing"}));
  {  // as it leaves the model and the optimizer
    Net net = fresh_net(33);
    optim::Optimizer opt = adam(net);
    const std::string before = weights_digest(net);
    BOOST_CHECK_THROW(fit(net, opt, moons(), quiet(other)), Error);
    BOOST_TEST(weights_digest(net) == before);
    BOOST_TEST(opt.steps() == 0u);
  }
  other = options;
  other.resume_from = folder / "nowhere";
  BOOST_CHECK_EXCEPTION(trained(other), Error, thrown(ErrorKind::io, {folder / "nowhere"}));
  other = options;
  other.on_resume = [](const History&) { throw std::runtime_error("no"); };
  BOOST_CHECK_THROW(trained(other), std::runtime_error);
  BOOST_TEST(!std::filesystem::exists(folder / "to"));
  other.checkpoint.clear();
  BOOST_CHECK_EXCEPTION(trained(other), Error,
                        thrown(ErrorKind::value, {"resume_from", "no file"}));
}

BOOST_AUTO_TEST_CASE(best_weights_that_were_not_kept_are_missed) {
  const Folder folder;
  const data::Set dev = moons(30, 9);
  FitOptions options{.epochs = 1,
                     .dev = &dev,
                     .restore_best = false,
                     .checkpoint = folder / "fit",
                     .resume = true};
  trained(options);
  options.epochs = 2;
  options.restore_best = true;
  BOOST_CHECK_EXCEPTION(trained(options), Error,
                        thrown(ErrorKind::value, {folder / "fit", "restore_best = false"}));
  options.restore_best = false;
  BOOST_TEST(trained(options).history.epochs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_by_the_figure_that_its_best_weights_were_best_by) {
  const Folder folder;
  const data::Set dev = moons(30, 9);
  FitOptions options{.epochs = 1, .dev = &dev, .checkpoint = folder / "fit", .resume = true};
  trained(options);
  options.epochs = 3;
  options.monitor = Monitor::loss;
  BOOST_CHECK_EXCEPTION(
      trained(options), Error,
      thrown(ErrorKind::value, {folder / "fit", "accuracy of dev", "loss of dev"}));
  options.dev = nullptr;
  options.monitor = Monitor::metric;
  BOOST_CHECK_EXCEPTION(
      trained(options), Error,
      thrown(ErrorKind::value, {folder / "fit", "accuracy of dev", "no dev set"}));
  options.dev = &dev;
  BOOST_TEST(trained(options).history.epochs.size() == 3u);
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

BOOST_AUTO_TEST_CASE(a_stopped_run_goes_on_where_it_was_stopped) {
  const Folder folder;
  const FitOptions options{.epochs = 3, .batch = 16, .seed = 7};
  const Outcome whole = trained(options);
  for (const std::uint64_t last : {1, 4, 5, 6, 10}) {
    FitOptions part = options;
    part.checkpoint = folder / "fit";
    part.on_step = [&](StepFigures& step) { step.stop = step.step == last; };
    trained(part);
    part.on_step = nullptr;
    part.resume = true;
    const Outcome rest = trained(part, 33);
    BOOST_TEST(rest.digest == whole.digest, "stopped after step " << last);
    check_same(rest.history, whole.history);
  }
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

BOOST_AUTO_TEST_CASE(a_hand_written_checkpoint_is_none_of_fit) {
  const Folder folder;
  Net net = fresh_net();
  optim::Optimizer opt = adam(net);
  auto stream = data::batches(moons(), {.size = 16, .shuffle = true, .seed = 7});
  Checkpoint{folder / "fit", net, opt, stream}.save();
  BOOST_CHECK_EXCEPTION(
      trained({.batch = 16, .seed = 7, .checkpoint = folder / "fit", .resume = true}), Error,
      thrown(ErrorKind::format, {"fit.loss_sum", "by hand"}));
}

BOOST_AUTO_TEST_SUITE_END()
