// Convolution and pooling with random options against direct loops in double; errors that teach.
#include <attune/error.hpp>
#include <attune/memory.hpp>
#include <attune/ops/random.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "tests/came.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/draws.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

Draws draws(3);

// x[n, c, y, x], 0 outside the plane.
double at(const Tensor& x, std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column) {
  if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) return 0;
  return x.data<double>()[((n * x.size(1) + c) * x.size(2) + row) * x.size(3) + column];
}

double direct_conv(const Tensor& x, const Tensor& w, const Conv2dOptions& o, std::int64_t n,
                   std::int64_t channel, std::int64_t row, std::int64_t column) {
  const std::int64_t group = channel / (w.size(0) / o.groups);
  double sum = 0;
  for (std::int64_t c = 0; c < w.size(1); ++c) {
    for (std::int64_t i = 0; i < w.size(2); ++i) {
      for (std::int64_t j = 0; j < w.size(3); ++j) {
        sum += at(w, channel, c, i, j) *
               at(x, n, group * w.size(1) + c,
                  row * o.stride.height - o.padding.top + i * o.dilation.height,
                  column * o.stride.width - o.padding.left + j * o.dilation.width);
      }
    }
  }
  return sum;
}

struct Problem {
  Tensor x, weight, bias;
  Conv2dOptions options;
};

Problem random_problem() {
  const std::int64_t groups = draws.pick(1, 3), in = draws.pick(1, 4), out = draws.pick(1, 5);
  Conv2dOptions o{
      .stride = {draws.pick(1, 3), draws.pick(1, 3)},
      .padding = {draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2)},
      .dilation = {draws.pick(1, 2), draws.pick(1, 2)},
      .groups = groups};
  if (draws.pick(0, 4) == 0) o = {.groups = groups};
  const Shape kernel{groups * out, in, draws.pick(1, 4), draws.pick(1, 4)};
  const Shape input{draws.pick(1, 3), groups * in, draws.pick(8, 40), draws.pick(8, 40)};
  return {draws.tensor(input), draws.tensor(kernel), draws.tensor({groups * out}), o};
}

// Channels enough for every way to compute, planes from a pixel on.
Problem wide_problem() {
  const std::int64_t groups = draws.pick(0, 2) == 0 ? draws.pick(1, 20) : 1,
                     most = groups > 2 ? 6 : 40;
  const std::int64_t in = draws.pick(1, most), out = draws.pick(1, most);
  const Size2d kernel{draws.pick(1, 5), draws.pick(1, 5)},
      dilation{draws.pick(1, 3), draws.pick(1, 3)};
  Conv2dOptions o{
      .stride = {draws.pick(1, 4), draws.pick(1, 4)},
      .padding = {draws.pick(0, 3), draws.pick(0, 3), draws.pick(0, 3), draws.pick(0, 3)},
      .dilation = dilation,
      .groups = groups};
  if (draws.pick(0, 3) == 0) o = {.dilation = dilation, .groups = groups};
  if (draws.pick(0, 7) == 0)
    o.padding = {draws.pick(0, 9), draws.pick(0, 9), draws.pick(0, 70), draws.pick(0, 70)};
  const std::int64_t least_height = dilation.height * (kernel.height - 1) + 1;
  const std::int64_t least_width = dilation.width * (kernel.width - 1) + 1;
  return {draws.tensor({draws.pick(1, 3), groups * in, draws.pick(least_height, least_height + 17),
                        draws.pick(least_width, least_width + 37)}),
          draws.tensor({groups * out, in, kernel.height, kernel.width}),
          draws.tensor({groups * out}), o};
}

// Lines and low planes, long enough to be cut along their width by every way.
Problem long_problem() {
  const std::int64_t groups = draws.pick(0, 2) == 0 ? draws.pick(1, 3) : 1;
  const std::int64_t in = draws.pick(1, 40 / groups), out = draws.pick(1, 40 / groups);
  const Size2d kernel{draws.pick(1, 2), draws.pick(1, 5)};
  const Conv2dOptions o{
      .stride = {1, draws.pick(1, 3)},
      .padding = {draws.pick(0, 1), draws.pick(0, 1), draws.pick(0, 9), draws.pick(0, 9)},
      .dilation = {1, draws.pick(1, 60)},
      .groups = groups};
  return {draws.tensor(
              {draws.pick(1, 2), groups * in, draws.pick(kernel.height, 3), draws.pick(300, 1500)}),
          draws.tensor({groups * out, in, kernel.height, kernel.width}),
          draws.tensor({groups * out}), o};
}

// Groups of a channel or two under square kernels, and products of many positions.
Problem narrow_problem() {
  const bool product = draws.pick(0, 1) == 0;
  const std::int64_t side = product ? 1 : 2 * draws.pick(0, 3) + 1,
                     groups = draws.pick(1, product ? 2 : 150);
  const std::int64_t out = draws.pick(1, !product ? 2 : draws.pick(0, 3) == 0 ? 150 : 40);
  const std::int64_t in =
      product ? draws.pick(0, 5) == 0 ? draws.pick(200, 900) : draws.pick(1, 40) : draws.pick(1, 2);
  const std::int64_t padding = product ? 0 : draws.pick(0, 3);
  const Conv2dOptions o{.padding = {padding, padding, padding, product ? 0 : draws.pick(0, 3)},
                        .groups = groups};
  return {draws.tensor(
              {draws.pick(1, 2), groups * in, side + draws.pick(0, 30), side + draws.pick(0, 40)}),
          draws.tensor({groups * out, in, side, side}), draws.tensor({groups * out}), o};
}

// Groups of a plane each under a square, in planes that are smaller than it and in bands of rows.
Problem plane_problem() {
  const std::int64_t side = draws.pick(1, 2) * 2 + 1, groups = draws.pick(1, 12),
                     least = draws.pick(0, side);
  const Padding2d padding{draws.pick(0, 6), draws.pick(0, 6), draws.pick(0, 20), draws.pick(0, 20)};
  const std::int64_t height = std::max<std::int64_t>(1, side - padding.top - padding.bottom);
  const std::int64_t width = std::max<std::int64_t>(1, side - padding.left - padding.right);
  return {draws.tensor({draws.pick(1, 3), groups,
                        height + draws.pick(0, draws.pick(0, 3) == 0 ? 150 : 20),
                        width + draws.pick(0, least == 0 ? 150 : 40)}),
          draws.tensor({groups, 1, side, side}),
          draws.tensor({groups}),
          {.padding = padding, .groups = groups}};
}

// First layers: few channels, many results and taps; some of rows so long that they are cut.
Problem first_problem() {
  const std::int64_t side = draws.pick(3, 6), groups = draws.pick(1, 2), in = draws.pick(1, 3),
                     out = draws.pick(6, 40);
  const std::int64_t rows = draws.pick(0, 9),
                     columns = rows < 2 ? draws.pick(300, 1200) : draws.pick(0, 40);
  Conv2dOptions o{
      .stride = {draws.pick(1, 2), draws.pick(1, 2)},
      .padding = {draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2)},
      .groups = groups};
  if (draws.pick(0, 1) == 0) o = {.groups = groups};
  return {draws.tensor({draws.pick(1, 3), groups * in, side + rows, side + columns}),
          draws.tensor({groups * out, in, side, side}), draws.tensor({groups * out}), o};
}

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

BOOST_AUTO_TEST_CASE(conv2d_is_the_direct_sum) {
  for (int trial = 0; trial < 60; ++trial) {
    const auto [x, weight, bias, o] = random_problem();
    const Tensor y = conv2d(x, weight, bias, o);
    const Tensor narrow = conv2d(x.to(f32), weight.to(f32), bias.to(f32), o);
    const auto size = [](std::int64_t n, std::int64_t pad, std::int64_t k, std::int64_t d,
                         std::int64_t s) { return (n + pad - d * (k - 1) - 1) / s + 1; };
    const Shape expected{x.size(0), weight.size(0),
                         size(x.size(2), o.padding.top + o.padding.bottom, weight.size(2),
                              o.dilation.height, o.stride.height),
                         size(x.size(3), o.padding.left + o.padding.right, weight.size(3),
                              o.dilation.width, o.stride.width)};
    BOOST_TEST_REQUIRE(y.shape() == expected);
    double worst = 0;
    for (std::int64_t n = 0; n < expected[0]; ++n)
      for (std::int64_t c = 0; c < expected[1]; ++c)
        for (std::int64_t i = 0; i < expected[2]; ++i)
          for (std::int64_t j = 0; j < expected[3]; ++j)
            worst = std::max(worst, std::abs(at(y, n, c, i, j) - bias.data<double>()[c] -
                                             direct_conv(x, weight, o, n, c, i, j)));
    BOOST_TEST(worst < 1e-13);
    BOOST_TEST(distance(narrow, y) < 1e-5);
  }
}

// Some outputs against a plain loop; the derivatives, which are linear in g, by products with other
// operands; f32 by its distance from f64.
BOOST_AUTO_TEST_CASE(wide_ones_are_direct_sums) {
  for (int trial = 0; trial < 300; ++trial) {
    const auto [x, weight, bias, o] = trial % 6 == 0   ? long_problem()
                                      : trial % 6 == 1 ? narrow_problem()
                                      : trial % 6 == 2 ? plane_problem()
                                      : trial % 6 == 3 ? first_problem()
                                                       : wide_problem();
    const Tensor y = conv2d(x, weight, bias, o), g = draws.tensor(y.shape());
    double worst = 0;
    for (int sample = 0; sample < 200; ++sample) {
      const std::int64_t n = draws.pick(0, y.size(0) - 1), c = draws.pick(0, y.size(1) - 1);
      const std::int64_t i = draws.pick(0, y.size(2) - 1), j = draws.pick(0, y.size(3) - 1);
      worst = std::max(worst, std::abs(at(y, n, c, i, j) - bias.data<double>()[c] -
                                       direct_conv(x, weight, o, n, c, i, j)));
    }
    BOOST_TEST(worst < 1e-12);
    const Tensor dx = conv2d_backward_input(g, weight, x.shape(), o);
    const Tensor dw = conv2d_backward_weight(g, x, weight.shape(), o);
    const double scale = std::sqrt(static_cast<double>(y.numel()));
    const Tensor other_x = draws.tensor(x.shape()), other_w = draws.tensor(weight.shape());
    BOOST_TEST(std::abs(sum(mul(other_x, dx)).item() -
                        sum(mul(conv2d(other_x, weight, o), g)).item()) < 1e-11 * scale);
    BOOST_TEST(std::abs(sum(mul(other_w, dw)).item() - sum(mul(conv2d(x, other_w, o), g)).item()) <
               1e-11 * scale);
    const Tensor narrow_x = x.to(f32), narrow_w = weight.to(f32), narrow_g = g.to(f32);
    const double terms = static_cast<double>(weight.numel() / weight.size(0));
    BOOST_TEST(distance(conv2d(narrow_x, narrow_w, bias.to(f32), o), y) <
               1e-6 * (2 + std::sqrt(terms)));
    BOOST_TEST(distance(conv2d_backward_input(narrow_g, narrow_w, x.shape(), o), dx) <
               1e-6 * (2 + std::sqrt(terms * static_cast<double>(weight.size(0)))));
    BOOST_TEST(distance(conv2d_backward_weight(narrow_g, narrow_x, weight.shape(), o), dw) <
               1e-6 * (2 + std::sqrt(static_cast<double>(y.numel()))));
  }
}

// <conv(x, w), g> = <x, backward_input(g, w)> = <w, backward_weight(g, x)> for every g.
BOOST_AUTO_TEST_CASE(derivatives_are_adjoint) {
  for (int trial = 0; trial < 60; ++trial) {
    const auto [x, weight, bias, o] = random_problem();
    const Tensor y = conv2d(x, weight, o), g = draws.tensor(y.shape());
    const double expected = sum(mul(y, g)).item();
    const double scale = std::sqrt(static_cast<double>(y.numel()));
    const Tensor dx = conv2d_backward_input(g, weight, x.shape(), o);
    const Tensor dw = conv2d_backward_weight(g, x, weight.shape(), o);
    BOOST_TEST(std::abs(sum(mul(x, dx)).item() - expected) < 1e-12 * scale);
    BOOST_TEST(std::abs(sum(mul(weight, dw)).item() - expected) < 1e-12 * scale);
  }
}

BOOST_AUTO_TEST_CASE(pools_are_direct_loops) {
  for (int trial = 0; trial < 100; ++trial) {
    const Size2d kernel{draws.pick(1, 4), draws.pick(1, 4)},
        stride{draws.pick(1, 4), draws.pick(1, 4)};
    const PoolOptions o{
        .kernel = kernel,
        .stride = stride,
        .padding = {draws.pick(0, kernel.height / 2), draws.pick(0, kernel.width / 2)},
        .ceil_mode = draws.pick(0, 1) == 1,
        .count_include_pad = draws.pick(0, 1) == 1};
    const Tensor x = draws.tensor({2, 2, draws.pick(4, 9), draws.pick(4, 9)});
    const Tensor largest = max_pool2d(x, o), mean = avg_pool2d(x, o);
    const auto count = [&](std::int64_t n, std::int64_t k, std::int64_t s, std::int64_t p) {
      const double exact = static_cast<double>(n + 2 * p - k) / static_cast<double>(s);
      auto windows =
          static_cast<std::int64_t>(o.ceil_mode ? std::ceil(exact) : std::floor(exact)) + 1;
      return (windows - 1) * s >= n + p ? windows - 1 : windows;
    };
    const Shape expected{2, 2, count(x.size(2), kernel.height, stride.height, o.padding.height),
                         count(x.size(3), kernel.width, stride.width, o.padding.width)};
    BOOST_TEST_REQUIRE(largest.shape() == expected);
    BOOST_TEST_REQUIRE(mean.shape() == expected);
    double worst = 0;
    for (std::int64_t n = 0; n < 2; ++n) {
      for (std::int64_t c = 0; c < 2; ++c) {
        for (std::int64_t i = 0; i < expected[2]; ++i) {
          for (std::int64_t j = 0; j < expected[3]; ++j) {
            double most = -std::numeric_limits<double>::infinity(), total = 0;
            int inside = 0, padded = 0;
            for (std::int64_t u = 0; u < kernel.height; ++u) {
              for (std::int64_t v = 0; v < kernel.width; ++v) {
                const std::int64_t row = i * stride.height - o.padding.height + u;
                const std::int64_t column = j * stride.width - o.padding.width + v;
                if (row >= x.size(2) + o.padding.height || column >= x.size(3) + o.padding.width)
                  continue;
                ++padded;
                if (row < 0 || column < 0 || row >= x.size(2) || column >= x.size(3)) continue;
                ++inside;
                most = std::max(most, at(x, n, c, row, column));
                total += at(x, n, c, row, column);
              }
            }
            total /= o.count_include_pad ? padded : inside;
            worst = std::max({worst, std::abs(at(largest, n, c, i, j) - most),
                              std::abs(at(mean, n, c, i, j) - total)});
          }
        }
      }
    }
    BOOST_TEST(worst < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(a_window_with_a_nan_is_nan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (int place = 0; place < 4; ++place) {
    std::vector<double> elements{1, 2, 3, 4};
    elements[static_cast<std::size_t>(place)] = nan;
    Tensor x = tensor(elements, Shape{1, 1, 2, 2});
    x.set_requires_grad();
    const Tensor y = max_pool2d(x, {.kernel = 2});
    BOOST_TEST(std::isnan(y.item()));
    const Tensor gradient = sum(y).backward()[x];
    for (int i = 0; i < 4; ++i) BOOST_TEST(gradient.data<double>()[i] == (i == place ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(of_equal_entries_the_first_is_chosen) {
  Tensor x = tensor({{{{5.0, 5.0}, {5.0, 5.0}}}}, f64);
  x.set_requires_grad();
  const Tensor gradient = sum(max_pool2d(x, {.kernel = 2})).backward()[x];
  BOOST_TEST(same_bits(gradient, tensor({{{{1.0, 0.0}, {0.0, 0.0}}}}, f64)));
}

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
