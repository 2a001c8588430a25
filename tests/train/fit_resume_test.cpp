// fit that goes on from a file: the same bits wherever the run was killed or stopped, and the files
// that it does not go on from.
#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/thrown.hpp"
#include "tests/train/factor.hpp"
#include "tests/train/outcome.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(fit_test)

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
