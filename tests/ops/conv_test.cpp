// Convolution with random options, by each of the ways to compute one, against direct loops in
// double; its derivatives by what they are adjoint to.
#include <algorithm>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>

#include "tests/ops/cases.hpp"
#include "tests/ops/draws.hpp"
#include "tests/ops/plane.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

Draws draws(3);

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
            worsen(worst, std::abs(at(y, n, c, i, j) - bias.data<double>()[c] -
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
      worsen(worst, std::abs(at(y, n, c, i, j) - bias.data<double>()[c] -
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
