// Checkpoints: a run that was interrupted anywhere ends with the bits of one that was not; a disk
// that is full costs nothing. Files that do not fit are in checkpoint_refusal_test.cpp.
#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <sys/file.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/thrown.hpp"
#include "tests/train/run.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;
using namespace std::chrono_literals;

namespace {

// While it stands, no file of this process grows beyond so many bytes: what a full disk does.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)

BOOST_AUTO_TEST_CASE(a_resumed_run_ends_with_the_same_bits) {
  const Folder folder;
  std::string digest;
  double dev = 0;
  {
    const Random random{8};
    Run whole;
    Checkpoint ck{folder / "whole", whole.net, whole.opt, whole.stream, 1000};
    BOOST_TEST(!ck.resume());
    whole(ck);
    digest = weights_digest(whole.net);
    dev = ck.scalars["dev"];
    BOOST_TEST(ck.counters["seen"] == 210);
  }
  for (std::uint64_t killed = 1; killed <= 15; ++killed) {
    const std::string file = folder / "part";
    std::filesystem::remove(file);
    {
      const Random random{8};
      Run part;
      Checkpoint ck{file, part.net, part.opt, part.stream, 1};
      part(ck, killed);
    }
    const Random random{99};
    Run rest;
    const Net other = fresh_net(77);
    rest.net = other;
    Checkpoint ck{file, rest.net, rest.opt, rest.stream, 1};
    BOOST_TEST(ck.resume());
    BOOST_TEST(rest.opt.steps() == killed);
    rest(ck);
    BOOST_TEST(weights_digest(rest.net) == digest, "killed after step " << killed);
    BOOST_TEST(ck.scalars["dev"] == dev);
    BOOST_TEST(ck.counters["seen"] == 210);
  }
}

BOOST_AUTO_TEST_CASE(maybe_save_keeps_its_intervals) {
  const Folder folder;
  Run run;
  const Random random{1};
  const auto step = [&] {
    run.opt.step(cross_entropy(run.net(run.train.column("x")), run.train.column("y")).backward());
  };
  Checkpoint by_steps{folder / "steps", run.net, run.opt, 3};
  std::vector<bool> saved;
  for (int i = 0; i < 7; ++i) {
    step();
    saved.push_back(by_steps.maybe_save());
  }
  const std::vector<bool> expected{false, false, true, false, false, true, false};
  BOOST_TEST(saved == expected, boost::test_tools::per_element());

  Checkpoint by_time{folder / "time", run.net, run.opt, 50ms};
  step();
  BOOST_TEST(!by_time.maybe_save());
  std::this_thread::sleep_for(60ms);
  BOOST_TEST(by_time.maybe_save());
  BOOST_TEST(!by_time.maybe_save());
}

BOOST_AUTO_TEST_CASE(intervals_are_read_from_text) {
  BOOST_TEST(Every::parse("50").steps() == 50);
  BOOST_TEST(Every::parse("30s").seconds() == 30);
  BOOST_TEST(Every::parse("1.5min").seconds() == 90);
  BOOST_TEST(Every::parse("2h").seconds() == 7200);
  BOOST_TEST(Every(250ms).seconds() == 0.25);
  for (const char* wrong : {"", "s", "5 min", "1.5", "3d", "-2", "0", "0s", "nan", "inf"}) {
    BOOST_CHECK_EXCEPTION(Every::parse(wrong), Error, thrown(ErrorKind::value, {"every"}));
  }
}

BOOST_AUTO_TEST_CASE(free_values_come_back) {
  const Folder folder;
  Run run;
  Checkpoint ck{folder / "ck", run.net, run.opt};
  ck.counters = {{"n", INT64_MIN}};
  ck.scalars = {{"x", 0.1}};
  ck.tensors = {{"t", tensor({{1, 2}, {3, 4}})}};
  ck.texts = {{"note", "a \"b\"\n"}};
  ck.save();
  ck.counters = {{"left over", 1}};
  ck.scalars.clear();
  ck.tensors.clear();
  ck.texts = {{"left over", ""}};
  BOOST_TEST(ck.resume());
  BOOST_TEST(ck.counters.size() == 1u);
  BOOST_TEST(ck.counters.at("n") == INT64_MIN);
  BOOST_TEST(ck.scalars.at("x") == 0.1);
  BOOST_TEST(ck.tensors.at("t")[1][0].item<std::int64_t>() == 3);
  BOOST_TEST((ck.texts == std::map<std::string, std::string>{{"note", "a \"b\"\n"}}));
}

BOOST_AUTO_TEST_CASE(another_file_is_only_read) {
  const Folder folder;
  const Random random{8};
  Run first;
  Checkpoint(folder / "from", first.net, first.opt, first.stream).save();
  Run run;
  run.net = fresh_net(5);
  Checkpoint ck{folder / "to", run.net, run.opt, run.stream};
  BOOST_TEST(!ck.resume());
  BOOST_TEST(ck.resume(folder / "from"));
  BOOST_TEST(weights_digest(run.net) == weights_digest(first.net));
  BOOST_TEST(folder.files() == 1u);
  ck.save();
  BOOST_TEST(folder.files() == 2u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_the_last_good_one) {
  const Folder folder;
  const Random random{1};
  Run run;
  Checkpoint ck{folder / "ck", run.net, run.opt, run.stream, 5};
  ck.save();
  const std::string digest = weights_digest(run.net);
  const auto size = std::filesystem::file_size(folder / "ck");

  std::string refusal;
  try {
    const FileLimit limit(size / 2);
    run(ck, 5);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) refusal = error.what();
  }

  BOOST_TEST(refusal.find(folder / "ck") != std::string::npos, refusal);
  BOOST_TEST(weights_digest(run.net) != digest);
  BOOST_TEST(folder.files() == 1u);
  BOOST_TEST(ck.resume());
  BOOST_TEST(weights_digest(run.net) == digest);
}

BOOST_AUTO_TEST_CASE(what_killed_runs_left_goes_with_the_next_save) {
  const Folder folder;
  Run run;
  for (const char* name : {"ck.4711-0.tmp", "ck.4712-3.tmp", "ck.mine.tmp", "ck2.4711-0.tmp"}) {
    std::ofstream(folder / name) << "half a file";
  }
  // The second is still being written.
  const int written = ::open((folder / "ck.4712-3.tmp").c_str(), O_WRONLY);
  BOOST_REQUIRE(::flock(written, LOCK_EX) == 0);
  Checkpoint ck{folder / "ck", run.net, run.opt};
  ck.save();
  BOOST_TEST(!std::filesystem::exists(folder / "ck.4711-0.tmp"));
  BOOST_TEST(std::filesystem::exists(folder / "ck.4712-3.tmp"));
  BOOST_TEST(folder.files() == 4u);
  ::close(written);
  ck.save();
  BOOST_TEST(folder.files() == 3u);
}

BOOST_AUTO_TEST_CASE(a_parameter_without_values_is_not_saved) {
  const Folder folder;
  Net net;
  optim::Optimizer opt = adam(net);
  Checkpoint ck{folder / "ck", net, opt};
  BOOST_CHECK_EXCEPTION(ck.save(), Error, thrown(ErrorKind::state, {"hidden.weight"}));
  BOOST_TEST(!std::filesystem::exists(folder / "ck"));
}

BOOST_AUTO_TEST_SUITE_END()
