// Checkpoints: a run that was interrupted anywhere ends with the bits of one that was not; files
// that do not fit change nothing; a disk that is full costs nothing.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/resource.h>
#include <thread>

#include "tests/train/setting.hpp"
#include "train/identity.hpp"

using namespace attune;
using namespace attune::tests;
using namespace std::chrono_literals;

namespace {

constexpr data::BatchOptions batch_options{.size = 16, .shuffle = true, .seed = 4};

struct Run {
  Net net = fresh_net();
  data::TrainSet train = moons();
  optim::Optimizer opt = adam(net);
  data::Batches<2> stream = batches(train, batch_options);

  // Three epochs of five steps; ends with the process when `steps` steps were done.
  void operator()(Checkpoint& ck, std::uint64_t steps = 1000) {
    while (stream.position().epoch < 3) {
      for (auto [x, y] : stream) {
        opt.step(cross_entropy(net(x), y).backward());
        ck.counters["seen"] += x.size(0);
        ck.maybe_save();
        if (opt.steps() == steps) return;
      }
      ck.scalars["dev"] += evaluate(net, train, MeanLoss{cross_entropy});
    }
  }
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

namespace {

// Nothing of the run moves when a resume is refused.
void refused(Run& run, Checkpoint& ck, ErrorKind kind, std::vector<std::string> texts) {
  const std::string digest = weights_digest(run.net);
  const std::uint64_t steps = run.opt.steps();
  const RandomState random = Random::state();
  BOOST_CHECK_EXCEPTION(ck.resume(), Error, thrown(kind, std::move(texts)));
  BOOST_TEST(weights_digest(run.net) == digest);
  BOOST_TEST(run.opt.steps() == steps);
  BOOST_TEST((Random::state() == random));
  BOOST_TEST((run.stream.position() == data::BatchPosition{}));
}

// The file again, changed by somebody who knows what it is known by.
void rewrite(const std::string& from, const std::string& to,
             const std::function<void(std::vector<NamedTensor>&)>& change) {
  const TensorFile file = load_tensors(from);
  std::vector<NamedTensor> entries(file.tensors().begin(), file.tensors().end());
  change(entries);
  Metadata texts = file.metadata();
  texts[internal::contents_key] = internal::contents_digest(entries, texts);
  save_tensors(to, entries, texts);
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Folder folder;
  const std::string good = folder / "good", bad = folder / "bad";
  {
    const Random random{8};
    Run run;
    Checkpoint ck{good, run.net, run.opt, run.stream, 4};
    run(ck, 4);
  }
  const Random random{3};
  Run run;
  Checkpoint ck{bad, run.net, run.opt, run.stream, 4};

  rewrite(good, bad, [](auto& entries) { entries[0].tensor = scalar_tensor(2, i64); });
  refused(run, ck, ErrorKind::format, {bad, "checkpoint format 2", "up to 1"});
  rewrite(good, bad, [](auto& entries) { entries.erase(entries.begin()); });
  refused(run, ck, ErrorKind::format, {bad, "no checkpoint", "load(model, file)"});
  rewrite(good, bad, [](auto& entries) { entries[1].name = "model.hidden.weigth"; });
  refused(run, ck, ErrorKind::format,
          {bad, "missing: hidden.weight", "unexpected: hidden.weigth", "did you mean"});
  rewrite(good, bad, [](auto& entries) { entries[1].tensor = ones({8, 3}); });
  refused(run, ck, ErrorKind::format, {bad, "hidden.weight is [8, 3] in the file"});
  rewrite(good, bad, [](auto& entries) {
    std::erase_if(entries, [](auto& e) { return e.name == "optimizer.out.bias.m"; });
    std::erase_if(entries, [](auto& e) { return e.name == "optimizer.out.bias.t"; });
  });
  refused(run, ck, ErrorKind::format, {bad, "out.bias.t is missing"});
  rewrite(good, bad, [](auto& entries) {
    for (auto& e : entries) {
      if (e.name == "batches.position") e.tensor = tensor({0, 6});
    }
  });
  refused(run, ck, ErrorKind::format, {bad, "[0, 6]", "5 batches"});

  rewrite(good, bad, [](auto& entries) { entries.back().name = "from.tomorrow"; });
  refused(run, ck, ErrorKind::format, {bad, "from.tomorrow", "no entry"});
  {
    const TensorFile file = load_tensors(good);
    save_tensors(bad, file.tensors());
  }
  refused(run, ck, ErrorKind::format, {bad, "attune.digest is missing"});

  run.stream = batches(run.train, {.size = 8, .shuffle = true, .seed = 4});
  Checkpoint other_batches{good, run.net, run.opt, run.stream};
  refused(run, other_batches, ErrorKind::value, {good, "size", "16", "8"});
  run.stream = batches(run.train, batch_options);
  run.opt = optim::make("sgd", params(run.net));
  Checkpoint other_rule{good, run.net, run.opt, run.stream};
  refused(run, other_rule, ErrorKind::format, {good, "adam", "sgd"});
}

BOOST_AUTO_TEST_CASE(other_samples_are_refused) {
  const Folder folder;
  const Random random{8};
  Run run;
  Checkpoint(folder / "ck", run.net, run.opt, run.stream).save();
  Tensor one_cell = run.train.column("x").clone();
  one_cell[69][1].fill_(0.25);
  const data::Set changed(one_cell, run.train.column("y"));
  const data::Set wide(run.train.column("x").to(f64), run.train.column("y"));
  for (const data::Set& other : {data::Set(moons(70, 1)), changed, wide}) {
    Run now;
    now.stream = batches(data::TrainSet(other), batch_options);
    Checkpoint ck{folder / "ck", now.net, now.opt, now.stream};
    refused(now, ck, ErrorKind::value, {folder / "ck", "training set", "x f32 [2], y i64 []"});
  }
  Run same;
  BOOST_TEST(Checkpoint(folder / "ck", same.net, same.opt, same.stream).resume());
}

BOOST_AUTO_TEST_CASE(every_damaged_byte_is_noticed) {
  const Folder folder;
  const Random random{8};
  Run run;
  Checkpoint(folder / "good", run.net, run.opt, run.stream).save();
  std::ifstream good(folder / "good", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(good), {}};
  Checkpoint ck{folder / "bad", run.net, run.opt, run.stream};
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    std::ofstream(folder / "bad", std::ios::binary) << damaged;
    BOOST_TEST_CONTEXT("byte " << at) { refused(run, ck, ErrorKind::format, {folder / "bad"}); }
  }
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
