// Convolution and pooling: the same bits on any number of threads, memory within limits, batches of
// nothing, errors that teach.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/came.hpp"
#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

bool throws(ErrorKind kind, const std::string& part, const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    BOOST_TEST_MESSAGE(error.what());
    return error.kind() == kind && std::string(error.what()).find(part) != std::string::npos;
  }
  return false;
}

BOOST_AUTO_TEST_SUITE(planes)

// Large enough to be cut into bands of rows and blocks of images, by every way.
BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const int before = threads();
  struct Case {
    Shape x, weight;
    Conv2dOptions options;
  };
  const Case cases[] = {{{20, 8, 40, 44}, {16, 8, 3, 3}, {}},
                        {{4, 40, 24, 24}, {70, 40, 3, 3}, {.stride = 2, .padding = 1}},
                        {{3, 64, 28, 28}, {48, 64, 1, 1}, {}},
                        {{6, 36, 20, 21}, {36, 1, 3, 3}, {.padding = 1, .groups = 36}},
                        {{2, 3, 120, 90}, {3, 1, 5, 5}, {.padding = 2, .groups = 3}},
                        {{6, 36, 20, 21}, {72, 4, 5, 3}, {.padding = 2, .groups = 9}},
                        {{1, 20, 1, 5000}, {24, 20, 1, 3}, {.dilation = {1, 7}}},
                        {{1, 3, 2, 9000}, {5, 3, 2, 4}, {.stride = {1, 2}}}};
  std::vector<Tensor> first;
  const auto run = [&] {
    const Random numbers{2};
    std::vector<Tensor> results;
    for (const Case& c : cases) {
      for (const DType dtype : {f32, f64}) {
        const Tensor x = randn(c.x, dtype), w = randn(c.weight, dtype);
        const Tensor y = conv2d(x, w, c.options), g = randn(y.shape(), dtype);
        results.insert(results.end(),
                       {y, conv2d_backward_input(g, w, x.shape(), c.options),
                        conv2d_backward_weight(g, x, w.shape(), c.options),
                        max_pool2d(x, {.kernel = {std::min<std::int64_t>(2, x.size(2)), 2}}),
                        avg_pool2d(x, {.kernel = {std::min<std::int64_t>(3, x.size(2)), 3}})});
      }
    }
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i) BOOST_TEST(same_bits(results[i], first[i]), i);
  };
  threads(1);
  run();
  for (const int count : {2, 3, 8}) BOOST_TEST(threads_that_came(count, run) >= count);
  threads(before);
}

// Runs a call with so many bytes to be had beyond what is held.
template <class Call>
void within(std::size_t bytes, Call&& call) {
  trim_memory();
  memory_limit(memory_figures().held + bytes);
  try {
    call();
  } catch (...) {
    memory_limit(0);
    throw;
  }
  memory_limit(0);
}
constexpr std::size_t mebibyte = 1u << 20;

// Taps far apart: a padded copy of the plane for one row of results would take 129 MB.
BOOST_AUTO_TEST_CASE(dilation_takes_no_memory) {
  const Conv2dOptions o{.padding = 1000, .dilation = 1000};
  const Tensor x = ones({1, 16, 10, 10}), w = ones({1, 16, 2, 2}), g = ones({1, 1, 1010, 1010});
  BOOST_CHECK_NO_THROW(
      within(16 * mebibyte, [&] { BOOST_TEST(sum(conv2d(x, w, o)).item() == 4 * 1600.0); }));
  BOOST_CHECK_NO_THROW(within(16 * mebibyte, [&] {
    BOOST_TEST(
        same_bits(conv2d_backward_weight(g, x, w.shape(), o), full({1, 16, 2, 2}, 100, f32)));
  }));
  BOOST_CHECK_NO_THROW(within(16 * mebibyte, [&] {
    BOOST_TEST(same_bits(conv2d_backward_input(g, w, x.shape(), o), full(x.shape(), 4, f32)));
  }));
}

// The result is 3 MB; all of the padded line would be 26, its columns 77.
BOOST_AUTO_TEST_CASE(a_long_line_is_cut) {
  const Conv2dOptions o{.padding = {0, 0, 1, 1}};
  const Tensor x = ones({1, 32, 1, 200'000}), w = ones({4, 32, 1, 3});
  Tensor y;
  BOOST_CHECK_NO_THROW(within(12 * mebibyte, [&] { y = conv2d(x, w, o); }));
  BOOST_CHECK_NO_THROW(within(12 * mebibyte, [&] { conv2d_backward_weight(y, x, w.shape(), o); }));
  BOOST_CHECK_NO_THROW(within(36 * mebibyte, [&] { conv2d_backward_input(y, w, x.shape(), o); }));
}

// Beside the gradient of 2.4 MB, 2 MB cannot hold what the images gave one by one.
BOOST_AUTO_TEST_CASE(a_limit_sees_partial_sums) {
  const Tensor x = ones({8, 256, 4, 4}), g = ones({8, 256, 2, 2});
  const auto call = [&] { conv2d_backward_weight(g, x, {256, 256, 3, 3}); };
  BOOST_TEST(
      throws(ErrorKind::memory, "conv2d_backward_weight", [&] { within(9 * mebibyte / 2, call); }));
  BOOST_CHECK_NO_THROW(within(64 * mebibyte, call));
}

BOOST_AUTO_TEST_CASE(empty_batches_pass) {
  Tensor x = zeros({0, 3, 5, 5}), w = zeros({4, 3, 2, 2});
  w.set_requires_grad();
  const Tensor y = conv2d(x, w);
  BOOST_TEST(y.shape() == Shape({0, 4, 4, 4}));
  BOOST_TEST(same_bits(sum(y).backward()[w], zeros({4, 3, 2, 2})));
  BOOST_TEST(max_pool2d(x, {.kernel = 2}).shape() == Shape({0, 3, 2, 2}));
}

BOOST_AUTO_TEST_CASE(errors_name_both_sizes) {
  const Tensor x = zeros({2, 3, 5, 5}), w = zeros({4, 3, 2, 2});
  const auto fails = [](ErrorKind kind, const char* part, const std::function<void()>& call) {
    BOOST_TEST(throws(kind, part, call), part);
  };
  fails(ErrorKind::shape, "[2, 3, 5, 5] has 3 channels, weight of shape [4, 2, 2, 2]", [&] {
    conv2d(x, zeros({4, 2, 2, 2}));
  });
  fails(ErrorKind::shape, "a kernel of 6 with dilation 1 reaches over 1 x 5 + 1, the input of 5",
        [&] {
          conv2d(x, zeros({4, 3, 6, 2}));
        });
  fails(ErrorKind::shape, "groups = 3 does not divide", [&] {
    conv2d(x, zeros({4, 1, 2, 2}), {.groups = 3});
  });
  fails(ErrorKind::shape, "bias of shape [5]", [&] { conv2d(x, w, zeros({5})); });
  fails(ErrorKind::value, "stride.width is 0", [&] { conv2d(x, w, {.stride = {1, 0}}); });
  fails(ErrorKind::value, "padding.left is -1", [&] { conv2d(x, w, {.padding = {0, 0, -1, 0}}); });
  fails(ErrorKind::dtype, "i64", [&] { conv2d(x.to(i64), w.to(i64)); });
  fails(ErrorKind::shape, "[2, 3]", [&] { max_pool2d(zeros({2, 3}), {.kernel = 2}); });
  fails(ErrorKind::shape, "a kernel of 7 on an input of 5 with padding 0",
        [&] { max_pool2d(x, {.kernel = 7}); });
  fails(ErrorKind::value, "padding 2", [&] { avg_pool2d(x, {.kernel = 3, .padding = 2}); });
  fails(ErrorKind::value, "0 x 1", [&] { adaptive_avg_pool2d(x, {0, 1}); });
  fails(ErrorKind::shape, "[n, channels, length]", [&] { conv1d(x, zeros({4, 3, 2})); });
  fails(ErrorKind::shape, "conv1d: input of shape [2, 3, 5] has 3 channels", [] {
    conv1d(zeros({2, 3, 5}), zeros({4, 2, 2}));
  });
  fails(ErrorKind::value, "conv1d: groups is 0", [] {
    conv1d(zeros({2, 3, 5}), zeros({4, 3, 2}), {.groups = 0});
  });
  const Tensor line = zeros({2, 3, 5});
  fails(ErrorKind::shape, "conv1d: no output along the length: a kernel of 6", [&] {
    conv1d(line, zeros({4, 3, 6}));
  });
  fails(ErrorKind::shape, "conv1d: weight of shape [4, 1, 2] has 4 output channels", [&] {
    conv1d(line, zeros({4, 1, 2}), {.groups = 3});
  });
  fails(ErrorKind::shape, "conv1d: the weight of shape [4, 3, 0] is empty", [&] {
    conv1d(line, zeros({4, 3, 0}));
  });
  fails(ErrorKind::shape, "conv1d: bias of shape [5] for a weight of shape [4, 3, 2]", [&] {
    conv1d(line, zeros({4, 3, 2}), zeros({5}));
  });
  fails(ErrorKind::value, "conv1d: stride is 0", [&] {
    conv1d(line, zeros({4, 3, 2}), {.stride = 0});
  });
  fails(ErrorKind::value, "conv1d: dilation is -1", [&] {
    conv1d(line, zeros({4, 3, 2}), {.dilation = -1});
  });
  fails(ErrorKind::value, "conv1d: padding.after is -2", [&] {
    conv1d(line, zeros({4, 3, 2}), {.padding = {0, -2}});
  });
  fails(ErrorKind::shape, "[in_channels, out_channels / groups", [&] { conv_transpose2d(x, w); });
  fails(ErrorKind::value, "output_padding.width is 1: it must be from 0 to less than the stride 1",
        [&] {
          conv_transpose2d(x, zeros({3, 4, 2, 2}), {.output_padding = {0, 1}});
        });
  fails(ErrorKind::shape, "no output along the height: an input of 5", [&] {
    conv_transpose2d(x, zeros({3, 4, 2, 2}), {.padding = 3});
  });
  fails(ErrorKind::shape, "bias of shape [3] for a weight of shape [3, 4, 2, 2]", [&] {
    conv_transpose2d(x, zeros({3, 4, 2, 2}), zeros({3}));
  });
  fails(ErrorKind::shape, "[2, 3] x [2, 3] (3 and 2)", [] {
    matmul(zeros({2, 3}), zeros({2, 3}));
  });
  fails(ErrorKind::shape, "batch sizes differ", [] { bmm(zeros({2, 3, 4}), zeros({3, 4, 2})); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
