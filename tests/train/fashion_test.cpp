// Pictures that are large enough to be computed on several threads: the same bits on any number of
// them, and after a run was broken off.
#include <attune/data/shipped.hpp>
#include <attune/nn/conv.hpp>
#include <attune/nn/flatten.hpp>
#include <attune/nn/pool.hpp>
#include <chrono>

#include "core/parallel.hpp"
#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

struct Cnn {
  nn::Conv2d one{.in = 1, .out = 4, .kernel = 3, .padding = 1};
  nn::MaxPool2d pool{2};
  nn::Conv2d two{.in = 4, .out = 8, .kernel = 3, .padding = 1};
  nn::Flatten flat;
  nn::Linear out{8 * 7 * 7, 10};
  Tensor operator()(const Tensor& x) const {
    return out(flat(pool(relu(two(pool(relu(one(x))))))));
  }
};

constexpr std::int64_t samples = 300, batch = 128;

data::TrainSet pictures() {
  std::vector<std::int64_t> some;
  for (std::int64_t i = 0; i < samples; ++i) some.push_back(i * 190);
  return subset(data::fashion_mnist().train, some);
}

// Two epochs; breaks off after `steps` steps.
std::string trained(const data::TrainSet& train, FitOptions options, std::uint64_t weights = 1,
                    std::uint64_t steps = 1000) {
  Cnn net;
  initialize(params(net), "he_normal", {.seed = weights});
  optim::Optimizer opt = optim::make("adam", params(net), {{"lr", 1e-3}});
  struct BrokenOff {};
  options.epochs = 2;
  options.batch = batch;
  options.seed = 3;
  options.progress = Progress::none;
  options.on_step = [&](StepFigures& step) {
    if (step.step > steps) throw BrokenOff{};
  };
  try {
    fit(net, opt, train, options);
  } catch (const BrokenOff&) {
    return {};
  }
  return weights_digest(net);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fashion)

BOOST_AUTO_TEST_CASE(the_same_bits_on_any_number_of_threads) {
  const data::TrainSet train = pictures();
  const int before = threads();
  threads(1);
  internal::CountThreads counted;
  const std::string alone = trained(train, {});
  BOOST_TEST(counted.distinct() == 0);  // no loop left its caller
  for (const int count : {2, 8}) {
    threads(count);
    // A busy machine may let a thread sleep through so short a run: one counts in which each of
    // them computed, however few cores they share.
    int ran = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (ran < count && std::chrono::steady_clock::now() < until) {
      counted.reset();
      BOOST_TEST(trained(train, {}) == alone, count << " threads");
      ran = counted.distinct();
    }
    BOOST_TEST(ran >= count);
  }
  threads(before);
}

BOOST_AUTO_TEST_CASE(the_same_bits_after_it_was_broken_off) {
  const Folder folder;
  const data::TrainSet train = pictures();
  const int before = threads();
  threads(2);
  const std::string whole = trained(train, {});
  for (const std::uint64_t steps : {2, 3, 5}) {
    FitOptions options{.checkpoint = folder / "ck", .every = 1, .resume = true};
    std::filesystem::remove(options.checkpoint);
    BOOST_TEST(trained(train, options, 1, steps).empty());
    threads(8);
    BOOST_TEST(trained(train, options, 77) == whole, "after step " << steps);
  }
  threads(before);
}

BOOST_AUTO_TEST_SUITE_END()
