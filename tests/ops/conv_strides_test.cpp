// Convolutions of 3 x 3 taps with strides of 2 and channels enough to be computed by tiles, against
// themselves a few results at a time, which is the direct way.
#include <algorithm>
#include <attune/error.hpp>
#include <attune/memory.hpp>
#include <attune/ops/conv.hpp>
#include <attune/ops/join.hpp>
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tbb/task_arena.h>
#include <thread>
#include <vector>

#include "core/elementwise.hpp"
#include "tests/came.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/direct_conv.hpp"
#include "tests/ops/draws.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

Draws draws(6);

const Conv2dOptions halved{.stride = 2, .padding = 1};

// The general kernels have no tiles, and take minutes.
boost::test_tools::assertion_result has_tiles(boost::unit_test::test_unit_id) {
  return internal::own_kernels();
}

BOOST_AUTO_TEST_SUITE(strided_tiles, *boost::unit_test::precondition(has_tiles))

// Sides odd and even, also longer than a chunk is wide; padding that the derivative has no tiles
// for, too.
BOOST_AUTO_TEST_CASE(are_direct_sums) {
  for (int trial = 0; trial < 40; ++trial) {
    const std::int64_t in = draws.pick(56, 90), out = draws.pick(56, 90),
                       longest = trial % 10 == 0 ? 2400 : 60;
    const std::int64_t height = draws.pick(3, longest > 60 ? 9 : 60),
                       width = draws.pick(12, longest);
    Conv2dOptions o = halved;
    if (trial % 3 == 0)
      o.padding = {draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2)};
    if (trial % 3 == 1) o.padding = {1, draws.pick(0, 2), 1, draws.pick(0, 2)};
    const Tensor x = draws.tensor({draws.pick(1, 3), in, height, width});
    const Tensor w = draws.tensor({out, in, 3, 3}), y = direct(x, w, o);
    BOOST_TEST(distance(conv2d(x, w, o), y) < 1e-12);
    BOOST_TEST(distance(conv2d(x.to(f32), w.to(f32), o), y) <
               1e-6 * (2 + std::sqrt(9 * static_cast<double>(in))));
    const Tensor g = draws.tensor(y.shape()), dx = direct_dx(g, w, x.shape(), o);
    BOOST_TEST(distance(conv2d_backward_input(g, w, x.shape(), o), dx) < 1e-12);
    BOOST_TEST(distance(conv2d_backward_input(g.to(f32), w.to(f32), x.shape(), o), dx) <
               1e-6 * (2 + std::sqrt(9 * static_cast<double>(out))));
  }
}

BOOST_AUTO_TEST_CASE(weights_are_direct_sums) {
  for (int trial = 0; trial < 12; ++trial) {
    const Shape shape{draws.pick(100, 140), draws.pick(85, 110), 3, 3};
    const Conv2dOptions o{
        .stride = 2,
        .padding = {draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2), draws.pick(0, 2)}};
    const Tensor x =
        draws.tensor({draws.pick(1, 3), shape[1], draws.pick(44, 90), draws.pick(44, 90)});
    const Tensor y = conv2d(x, draws.tensor(shape), o), g = draws.tensor(y.shape());
    const Tensor dw = direct_dw(g, x, shape, o);
    const double terms = static_cast<double>(y.size(0) * y.size(2) * y.size(3));
    BOOST_TEST(distance(conv2d_backward_weight(g, x, shape, o), dw) < 1e-12 * std::sqrt(terms));
    BOOST_TEST(distance(conv2d_backward_weight(g.to(f32), x.to(f32), shape, o), dw) <
               1e-6 * (2 + std::sqrt(terms)));
  }
}

// In units of the root of the number of terms; see conv_tiles_test.
BOOST_AUTO_TEST_CASE(round_as_direct_sums_do) {
  const auto error = [](const Tensor& got, const Tensor& exact, double terms) {
    return root_mean_square(sub(got.to(f64), exact)) /
           (std::ldexp(1.0, -24) / 3 * std::sqrt(terms));
  };
  for (const std::int64_t in : {64, 256}) {
    const Tensor x = draws.tensor({1, in, 40, 40}).to(f32), w = draws.tensor({64, in, 3, 3});
    const Tensor f = w.to(f32), b = permute(f, {1, 0, 2, 3}).clone();
    const Shape wide{1, 64, 80, 80};
    const double terms = 9 * static_cast<double>(in);
    const Tensor y = direct(x.to(f64), f.to(f64), halved);
    const Tensor dx = direct_dx(x.to(f64), b.to(f64), wide, halved);
    const double forward = error(conv2d(x, f, halved), y, terms);
    const double backward = error(conv2d_backward_input(x, b, wide, halved), dx, terms / 4);
    BOOST_TEST_MESSAGE(in << " channels: " << forward << ", direct "
                          << error(direct(x, f, halved), y, terms) << "; by the input " << backward
                          << ", direct " << error(direct_dx(x, b, wide, halved), dx, terms / 4));
    BOOST_TEST(forward < 6);
    BOOST_TEST(backward < 6);
  }
  for (const std::int64_t images : {1, 16}) {
    const Shape shape{128, 64, 3, 3};
    const Tensor x = draws.tensor({images, 64, 56, 56}).to(f32);
    const Tensor g = draws.tensor({images, 128, 28, 28}).to(f32);
    const Tensor exact = direct_dw(g.to(f64), x.to(f64), shape, halved);
    const double terms = 784 * static_cast<double>(images);
    const double by_tiles = error(conv2d_backward_weight(g, x, shape, halved), exact, terms);
    BOOST_TEST_MESSAGE(images << " images, by the weight: " << by_tiles << ", direct "
                              << error(direct_dw(g, x, shape, halved), exact, terms));
    BOOST_TEST(by_tiles < 6);
  }
}

// What is not finite, or huge, is felt where it is seen; an image does not feel what others hold.
BOOST_AUTO_TEST_CASE(a_number_stays_where_it_is_seen) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::max(), 3e37f}) {
    for (int trial = 0; trial < 6; ++trial) {
      const std::int64_t side = draws.pick(13, 40), images = 5, image = draws.pick(0, images - 1);
      const Tensor clean = draws.tensor({images, 64, side, side}).to(f32);
      const Tensor w = draws.tensor({64, 64, 3, 3}).to(f32);
      Tensor x = clean.clone();
      const std::int64_t plane = side * side, at = draws.pick(0, plane - 1);
      x.mutable_data<float>()[(image * 64 + draws.pick(0, 23)) * plane + at] = value;
      const Shape wide{images, 64, 2 * side - trial % 2, 2 * side - trial / 2 % 2};
      const auto forward = [&](const Tensor& from) { return conv2d(from, w, halved); };
      const auto backward = [&](const Tensor& from) {
        return conv2d_backward_input(from, w, wide, halved);
      };
      // Only results that see the number may differ by more than rounding from what they were.
      const auto stays = [&](const Tensor& y, const Tensor& before, const Tensor& sums,
                             const auto& sees) {
        BOOST_TEST(other_class(y, sums) == 0);
        int spoilt = 0;
        for (std::int64_t i = 0; i < y.numel(); ++i) {
          const std::int64_t columns = y.size(3), rows = y.size(2);
          const bool seen = i / (64 * rows * columns) == image &&
                            sees(i / columns % rows, at / side) && sees(i % columns, at % side);
          spoilt += !seen && !(std::abs(y.data<float>()[i] - before.data<float>()[i]) < 1e-4f);
        }
        BOOST_TEST(spoilt == 0);
        for (std::int64_t i = 0; i < images; ++i)
          if (i != image) BOOST_TEST(same_bits(narrow(y, 0, i, 1), narrow(before, 0, i, 1)));
      };
      stays(forward(x), forward(clean), direct(x, w, halved),
            [](std::int64_t i, std::int64_t from) { return std::abs(2 * i - from) <= 1; });
      stays(backward(x), backward(clean), direct_dx(x, w, wide, halved),
            [](std::int64_t i, std::int64_t from) { return std::abs(i - 2 * from) <= 1; });
    }
  }
}

// The derivative by the weight is not finite where the direct sum is not.
BOOST_AUTO_TEST_CASE(gradients_overflow_where_direct_sums_do) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Shape shape{128, 64, 3, 3};
  for (const float value : {infinity, std::numeric_limits<float>::quiet_NaN(), 3e38f}) {
    for (const bool of_g : {false, true}) {
      Tensor x = draws.tensor({2, 64, 39, 40}).to(f32), g = draws.tensor({2, 128, 20, 20}).to(f32);
      Tensor& spoilt = of_g ? g : x;
      spoilt.mutable_data<float>()[draws.pick(0, spoilt.numel() - 1)] = value;
      const Tensor dw = conv2d_backward_weight(g, x, shape, halved);
      BOOST_TEST(other_class(dw, direct_dw(g, x, shape, halved)) == 0);
    }
  }
}

// A tap without weight hides what it meets, to the last bit.
BOOST_AUTO_TEST_CASE(masked_taps_hide_what_they_meet) {
  Tensor w = draws.tensor({64, 64, 3, 3});
  for (std::int64_t i = 0; i < w.numel(); ++i)
    if (i % 9 > 4) w.mutable_data<double>()[i] = 0;
  const Tensor x = draws.tensor({2, 64, 30, 30});
  Tensor changed = x.clone();
  for (std::int64_t c = 0; c < 64; ++c)
    changed.mutable_data<double>()[(c * 30 + 15) * 30 + 15] = 1e6;
  const Tensor before = conv2d(x, w, halved), after = conv2d(changed, w, halved);
  // (15, 15) is met by the taps behind the middle alone of the results (7, 7), by none before.
  for (std::int64_t r = 0; r < 64; ++r)
    for (std::int64_t i = 0; i < 7 * 15 + 8; ++i)
      BOOST_TEST(after.data<double>()[r * 225 + i] == before.data<double>()[r * 225 + i]);
  const Shape wide{2, 64, 60, 60};
  const Tensor dx = conv2d_backward_input(x, w, wide, halved);
  const Tensor of_changed = conv2d_backward_input(changed, w, wide, halved);
  // Pixel (30, 31) and all behind it are seen by (15, 15) through taps without weight alone.
  for (std::int64_t c = 0; c < 64; ++c)
    for (std::int64_t i = 30 * 60 + 31; i < 3600; ++i)
      BOOST_TEST(of_changed.data<double>()[c * 3600 + i] == dx.data<double>()[c * 3600 + i]);
}

// The smaller images are cut into fewer parts than eight.
BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const int before = threads();
  for (const DType dtype : {f32, f64})
    for (const Shape& shape : {Shape{7, 70, 43, 41}, Shape{1, 64, 28, 28}, Shape{1, 64, 9, 1700}}) {
      const Tensor w = draws.tensor({130, shape[1], 3, 3}).to(dtype);
      const Tensor x = draws.tensor(shape).to(dtype);
      std::vector<Tensor> first, now(3);
      const auto check = [&](int count) {
        const Loops loops[] = {
            loops_of([&] { now[0] = conv2d(x, w, halved); }),
            loops_of([&] { now[1] = conv2d_backward_input(now[0], w, x.shape(), halved); }),
            loops_of([&] { now[2] = conv2d_backward_weight(now[0], x, w.shape(), halved); })};
        if (first.empty()) first = now;
        for (int i = 0; i < 3; ++i) {
          BOOST_TEST(same_bits(now[i], first[i]));
          const int least = count == 1 ? 0 : shape[0] == 7 ? count : 2;
          BOOST_TEST(loops[i].came >= std::max(loops[i].widest, least));
        }
      };
      for (const int count : {1, 2, 3, 8}) threads(count), check(count);
      tbb::task_arena arena(3);
      const UseArena use(arena);
      check(3);
    }
  threads(before);
}

// A thread that has computed nothing needs memory for the weights' places beside the result.
BOOST_AUTO_TEST_CASE(memory_is_refused_to_the_convolution) {
  const Tensor x = ones({1, 64, 40, 40}), w = ones({64, 64, 3, 3}), g = ones({1, 64, 20, 20});
  const auto refused = [](const char* name, std::size_t bytes, const auto& call) {
    std::string message;
    std::thread([&] {
      trim_memory();
      memory_limit(memory_figures().held + bytes);
      try {
        call();
      } catch (const Error& error) {
        message = error.what();
      }
      memory_limit(0);
    }).join();
    BOOST_TEST(message.starts_with(name), message);
  };
  refused("conv2d:", 200 << 10, [&] { conv2d(x, w, halved); });
  refused("conv2d_backward_input:", 600 << 10,
          [&] { conv2d_backward_input(g, w, x.shape(), halved); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
