// The statistics of norms: running ones move in a training forward only, and of one thread; what
// f32 rounds off a mean counts for nothing.
#include <attune/error.hpp>
#include <attune/mode.hpp>
#include <attune/nn.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <thread>

#include "tests/nn/expect.hpp"

using namespace attune;

BOOST_AUTO_TEST_SUITE(layers_test)

BOOST_AUTO_TEST_CASE(statistics_move_in_a_training_forward_only) {
  nn::BatchNorm1d norm{2};
  initialize(params(norm), "ones");
  const Tensor x = tensor({{1.0, 10.0}, {3.0, 30.0}});  // mean 2, 20; unbiased variance 2, 200
  const auto mean = [&](std::size_t i) { return norm.running_mean.tensor().values<float>()[i]; };
  const auto variance = [&](std::size_t i) {
    return norm.running_variance.tensor().values<float>()[i];
  };
  {
    const Evaluation guard;
    norm(x);
    BOOST_TEST(mean(0) == 0);
  }
  {
    const FrozenStatistics guard;
    norm(x);
    BOOST_TEST(mean(0) == 0);
  }
  norm(x);
  BOOST_TEST(std::abs(mean(0) - 0.2f) < 1e-6f);
  BOOST_TEST(std::abs(mean(1) - 2.0f) < 1e-5f);
  BOOST_TEST(std::abs(variance(0) - 1.1f) < 1e-6f);
  BOOST_TEST(std::abs(variance(1) - 20.9f) < 1e-4f);
  BOOST_TEST(!norm.running_mean.tensor().requires_grad());
}

// What f32 rounds off a mean is neither taken for a deviation nor for a variance.
BOOST_AUTO_TEST_CASE(channels_without_deviations_become_zeros) {
  for (const double constant : {1000.1, 777.7, 1e4 / 3}) {
    nn::BatchNorm1d norm{2};
    nn::LayerNorm rows{{2, 100}};
    initialize(params(norm), "ones");
    initialize(params(rows), "ones");
    const Tensor x = full({100, 2, 100}, constant);
    for (const Tensor& y : {norm(x), rows(x)}) {
      for (const float value : y.values<float>()) BOOST_TEST_REQUIRE(std::abs(value) < 1e-6f);
    }
    for (const float value : norm.running_variance.tensor().values<float>())
      BOOST_TEST(std::abs(value - 0.9f) < 1e-7f);
    for (const float value : norm.running_mean.tensor().values<float>())
      BOOST_TEST(std::abs(value / constant - 0.1) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(a_second_thread_in_a_training_forward_is_refused_by_name) {
  struct Net {
    nn::BatchNorm2d norm{1};
  } net;
  initialize(params(net), "ones");
  buffers(net);
  const Buffer::Writing somebody("training",
                                 net.norm.running_mean);  // another thread, in its forward
  std::thread worker([&] {
    expect_error(ErrorKind::state,
                 "BatchNorm2d: two threads are in a training forward of one model", [&] {
                   net.norm(ones({2, 1, 2, 2}));
                 });
    const Evaluation guard;
    net.norm(ones({2, 1, 2, 2}));
  });
  worker.join();
  const Net twin = share(net);
  twin.norm(ones({2, 1, 2, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
