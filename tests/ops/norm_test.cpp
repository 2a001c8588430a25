// Normalization beyond the table of rows: its working memory is counted, and what it leaves behind
// where there is none.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <boost/test/unit_test.hpp>

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

// Of each short line a sum of its own, as large as the line.
BOOST_AUTO_TEST_CASE(sums_of_channels_are_counted) {
  const std::int64_t n = 200000, channels = 4;
  const Tensor x = zeros({n, channels, 2});
  const auto bytes = static_cast<std::size_t>(x.numel()) * sizeof(float);
  Tensor mean = zeros({channels}), rest = zeros({channels}), variance = zeros({channels});
  const auto work = [&] {
    internal::channel_statistics({n, channels, 2}, x, mean, rest, variance);
  };
  BOOST_TEST(needed(work) >= bytes);
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
