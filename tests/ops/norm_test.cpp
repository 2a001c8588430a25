// Normalization beyond the table of rows: its working memory is counted, and what it leaves behind
// where there is none.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "autograd/norm_loops.hpp"
#include "core/elementwise.hpp"
#include "core/storage.hpp"

namespace {

using namespace attune;

// What `work` needs at most at once, beside what was there.
template <class Work>
std::size_t needed(const Work& work) {
  trim_memory();
  reset_peak_memory();
  const std::size_t before = memory_figures().peak;
  work();
  return memory_figures().peak - before;
}

BOOST_AUTO_TEST_SUITE(normalization)

// Of each line a sum of its own.
BOOST_AUTO_TEST_CASE(sums_of_channels_are_counted) {
  const std::int64_t n = 20000, channels = 4, inner = 32;
  const Tensor x = zeros({n, channels, inner});
  const auto bytes = static_cast<std::size_t>(n * channels) * sizeof(double);
  Tensor mean = zeros({channels}), rest = zeros({channels}), variance = zeros({channels});
  const auto work = [&] {
    internal::channel_statistics({n, channels, inner}, x, mean, rest, variance);
  };
  BOOST_TEST(needed(work) >= bytes);
}

// Samples that pass at once and the last ones, channels of one value, of few and of many, all far
// from zero, against plain loops in doubles.
BOOST_AUTO_TEST_CASE(short_samples) {
  const Random random({.seed = 2});
  for (const Shape& shape : {Shape{1000, 3}, Shape{37, 30}, Shape{300, 100}, Shape{700, 200},
                             Shape{515, 1}, Shape{9, 600}, Shape{90, 5, 3}, Shape{40, 300, 9},
                             Shape{257, 4, 31}, Shape{257, 4, 32}, Shape{2, 3, 2}}) {
    const std::int64_t n = shape[0], channels = shape[1], inner = shape.rank() > 2 ? shape[2] : 1;
    Tensor x = (randn(shape) + 1000).set_requires_grad();
    Tensor scale = randn({channels}).set_requires_grad(), shift = randn({channels});
    shift = shift.set_requires_grad();
    const Tensor g = randn(shape);
    const BatchNormResult found = batch_norm(x, scale, shift);
    const auto slopes = found.y.backward({.seed = g});
    const Tensor given =
        batch_norm(x, BatchStatistics(found.mean, found.variance), scale, shift).detach();
    const auto in = x.values<float>(), gs = g.values<float>(), y = found.y.values<float>();
    const auto by_x = slopes[x].values<float>(), evaluated = given.values<float>();
    const auto factor = scale.values<float>(), plus = shift.values<float>();
    const double count = static_cast<double>(n * inner);
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto over = [&](const auto& term) {
        double total = 0;
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < inner; ++j) total += term((i * channels + c) * inner + j);
        return total;
      };
      const auto of = [](const auto& values, std::int64_t i) -> double {
        return values[static_cast<std::size_t>(i)];
      };
      const double mean = over([&](std::int64_t i) { return of(in, i); }) / count;
      const double variance =
          over([&](std::int64_t i) { return (of(in, i) - mean) * (of(in, i) - mean); }) / count;
      const double inverse = 1 / std::sqrt(variance + 1e-5);
      const auto normal = [&](std::int64_t i) { return (of(in, i) - mean) * inverse; };
      const double of_g = over([&](std::int64_t i) { return of(gs, i); });
      const double of_product = over([&](std::int64_t i) { return of(gs, i) * normal(i); });
      const double close = 1e-5 * std::sqrt(count);
      BOOST_TEST(std::abs(of(found.mean.values<float>(), c) - mean) < 4e-5);
      BOOST_TEST(std::abs(of(found.variance.values<float>(), c) - variance) < 2e-6 * variance);
      BOOST_TEST(std::abs(of(slopes[shift].values<float>(), c) - of_g) < close);
      BOOST_TEST(std::abs(of(slopes[scale].values<float>(), c) - of_product) < close);
      double off = 0, off_given = 0, off_slope = 0;
      over([&](std::int64_t i) {
        const double expected = normal(i) * of(factor, c) + of(plus, c);
        const double slope =
            (of(gs, i) - of_g / count - normal(i) * of_product / count) * inverse * of(factor, c);
        off = std::max(off, std::abs(of(y, i) - expected));
        off_given = std::max(off_given, std::abs(of(evaluated, i) - expected));
        off_slope = std::max(off_slope, std::abs(of(by_x, i) - slope) / inverse);
        return 0.0;
      });
      BOOST_TEST(off < 1e-5 * std::max(1.0, inverse));
      BOOST_TEST(off_given < 2e-4 * std::max(1.0, inverse));
      BOOST_TEST(off_slope < 1e-5);
    }
  }
}

// Of a few wide rows together sums by scale and shift.
BOOST_AUTO_TEST_CASE(sums_of_rows_are_counted) {
  if (!internal::own_kernels()) return;
  const std::int64_t rows = 64, width = 65536;
  Tensor scale = ones({width}).set_requires_grad();
  const Tensor x = zeros({rows, width}), y = layer_norm(x, {width}, scale, zeros({width}));
  const auto bytes = static_cast<std::size_t>(x.numel()) * sizeof(float);
  const auto work = [&] { y.backward({.seed = x}); };
  BOOST_TEST(needed(work) >= bytes / 8);
}

// Nothing of a derivative that found no memory is taken for that of an earlier gradient.
BOOST_AUTO_TEST_CASE(a_failed_derivative_leaves_nothing) {
  if (!internal::own_kernels()) return;
  const Random random({.seed = 1});
  const Tensor x = rand({1 << 18, 16}).set_requires_grad(), scale = ones({16}).set_requires_grad();
  const Tensor y = batch_norm(x, scale, zeros({16})).y;
  const Tensor seed = rand(x.shape()), other = rand(x.shape());
  const auto by_scale = [&](const Tensor& g) {
    return y.backward({.retain = true, .seed = g})[scale];
  };
  const Tensor expected = by_scale(seed);
  trim_memory();
  for (int i = 0; i < 8; ++i) zeros({i + 1, 16}) + 1;  // small blocks are left
  {
    const internal::NoNewMemory none;
    BOOST_CHECK_THROW(by_scale(other), Error);
  }
  const Tensor found = by_scale(seed);
  BOOST_TEST(std::ranges::equal(found.values<float>(), expected.values<float>()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
