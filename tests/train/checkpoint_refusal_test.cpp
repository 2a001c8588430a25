// Checkpoints that do not fit, by their names, shapes, samples, rule or a single byte: they are
// refused by what is wrong, and nothing of the run has changed.
#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/thrown.hpp"
#include "tests/train/run.hpp"
#include "tests/train/setting.hpp"
#include "train/identity.hpp"

using namespace attune;
using namespace attune::tests;

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

BOOST_AUTO_TEST_SUITE(checkpoint)

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

BOOST_AUTO_TEST_SUITE_END()
