// The pool behind tensors: alignment, recycling, figures, trimming.
#include "core/storage.hpp"

#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <thread>

#include "core/impl.hpp"
#include "core/scratch.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using internal::Storage;
using tests::thrown;

namespace {

std::size_t in_use() {
  const MemoryFigures figures = memory_figures();
  return figures.held - figures.cached;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(storage)

BOOST_AUTO_TEST_CASE(every_block_is_aligned) {
  for (std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 4096u, 100'000u, 1'000'000u}) {
    Storage* const block = Storage::make(bytes);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(block->data) % 64 == 0u);
    BOOST_TEST(block->bytes == bytes);
    std::fill_n(block->data, bytes, std::byte{1});
    block->release();
  }
}

BOOST_AUTO_TEST_CASE(freed_memory_serves_again) {
  for (std::int64_t size : {10, 1 << 20}) {
    Tensor x = zeros({size});
    x = Tensor();
    const std::size_t held = memory_figures().held + 4096;  // blocks of the tensors themselves
    for (int i = 0; i < 100; ++i) x = zeros({size});
    BOOST_TEST(memory_figures().held <= held + 2 * sizeof(float) * static_cast<std::size_t>(size));
  }
}

BOOST_AUTO_TEST_CASE(figures_return_to_where_they_were) {
  const std::size_t before = in_use();
  {
    const Tensor x = zeros({1 << 18});
    BOOST_TEST(in_use() >= before + (1u << 20));
  }
  BOOST_TEST(in_use() == before);
}

BOOST_AUTO_TEST_CASE(peak) {
  trim_memory();
  reset_peak_memory();
  const std::size_t before = memory_figures().peak;
  BOOST_TEST(before == memory_figures().held);
  { const Tensor x = zeros({1 << 20}); }
  trim_memory();
  BOOST_TEST(memory_figures().peak >= before + (4u << 20));
  reset_peak_memory();
  BOOST_TEST(memory_figures().peak == memory_figures().held);
}

BOOST_AUTO_TEST_CASE(trimming_gives_free_blocks_back) {
  { const Tensor small = zeros({10}), large = zeros({1 << 20}); }
  trim_memory();
  const MemoryFigures figures = memory_figures();
  BOOST_TEST(figures.cached == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_may_be_freed_by_another_thread) {
  const std::size_t before = in_use();
  std::vector<Tensor> tensors;
  std::thread maker([&] {
    for (int i = 0; i < 1000; ++i) tensors.push_back(zeros({i + 1}));
  });
  maker.join();
  tensors.clear();
  tensors.shrink_to_fit();
  BOOST_TEST(in_use() <= before + 4096);
}

BOOST_AUTO_TEST_CASE(peak_of_what_is_in_use) {
  trim_memory();
  reset_peak_memory();
  const std::size_t before = memory_figures().peak_used;
  for (int i = 0; i < 3; ++i) {  // 4 MiB at a time, which the pool keeps
    { const Tensor x = zeros({1 << 20}); }
    { const Tensor x = zeros({3 << 19}); }
  }
  const MemoryFigures figures = memory_figures();
  BOOST_TEST(figures.peak_used >= before + (6u << 20));
  BOOST_TEST(figures.peak_used < before + (9u << 20));
#if !defined(__SANITIZE_ADDRESS__)  // there nothing waits for the next of its size
  BOOST_TEST(figures.peak >= before + (10u << 20));
#endif
  trim_memory();
}

BOOST_AUTO_TEST_CASE(a_limit_refuses_what_is_beyond_it) {
  constexpr std::size_t mebibyte = 1u << 20;
  BOOST_TEST(memory_limit() == 0u);
  trim_memory();
  const std::size_t held = memory_figures().held;
  {
    { const Tensor waiting = zeros({1 << 20}); }  // 4 MiB in the pool make room for others
    memory_limit(held + 7 * mebibyte);
    const Tensor fits = zeros({5 << 18});
    BOOST_CHECK_EXCEPTION(zeros({1 << 19}), Error,
                          thrown(ErrorKind::memory, {"zeros", "2097216", "available",
                                                     std::to_string(held + 7 * mebibyte)}));
    const Tensor rest = zeros({1 << 10});
    BOOST_TEST(memory_figures().held <= memory_limit());
    memory_limit(mebibyte / 2);  // below what is held: that stays
    BOOST_TEST(fits.values<float>()[0] == 0.0f);
    BOOST_CHECK_THROW(zeros({1 << 19}), Error);
    memory_limit(0);
    const Tensor again = zeros({1 << 19});
  }
  trim_memory();
  BOOST_TEST(memory_figures().held <= held + 65536);
}

// The first block is in the pool, the second must come from the system, which has none.
BOOST_AUTO_TEST_CASE(what_fails_halfway_leaves_nothing_behind) {
  const std::size_t before = in_use();
  const auto none_left = thrown(ErrorKind::memory, {"bytes"});
  {
    const Tensor base = zeros({1 << 18});
    Storage* const block = Storage::make((1u << 20) + (64u << 10));
    trim_memory();
    block->release();
    {
      const internal::NoNewMemory none;
      BOOST_CHECK_EXCEPTION(internal::empty_tensor("test", {(1 << 18) + (1 << 14)}, f32), Error,
                            none_left);
    }
    trim_memory();
    const std::size_t with_base = in_use();
    {
      const internal::NoNewMemory none;
      BOOST_CHECK_EXCEPTION(internal::view_of(base, {1}, {1}, 0), Error, none_left);
    }
    BOOST_TEST(in_use() == with_base);
    int released = 0;
    float element = 0;
    {
      const internal::NoNewMemory none;
      BOOST_CHECK_EXCEPTION(
          from_blob(
              &element, f32, {1}, [](void* count) { ++*static_cast<int*>(count); }, &released),
          Error, none_left);
    }
    BOOST_TEST(released == 0);
  }
  BOOST_TEST(in_use() == before);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_had) {
  BOOST_CHECK_EXCEPTION(internal::pool_allocate(std::size_t{1} << 62), Error,
                        thrown(ErrorKind::memory, {"4611686018427387904"}));
  BOOST_CHECK_EXCEPTION(internal::scratch(std::size_t{1} << 62, 2), Error,
                        thrown(ErrorKind::memory, {"4611686018427387904"}));
  // The buffer is as good as new.
  std::fill_n(static_cast<std::byte*>(internal::scratch(1000, 2)), 1000, std::byte{1});
}

BOOST_AUTO_TEST_SUITE_END()
