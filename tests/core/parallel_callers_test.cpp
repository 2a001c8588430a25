// Parallel loops and who calls them: the caller's mode, random stream, scratch and arena; callers
// on several threads, inside other loops and in a forked child.
#include <algorithm>
#include <atomic>
#include <attune/error.hpp>
#include <attune/mode.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <barrier>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/parallel.hpp"
#include "core/scratch.hpp"
#include "tests/core/loops.hpp"

using namespace attune;
using namespace attune::tests;
using internal::parallel_for;

namespace {

// Deep enough to keep eight threads inside one another's loops.
std::int64_t nested_sum(int depth) {
  if (depth == 0) return Mode::current().recording ? 1000000 : 1;
  std::vector<std::int64_t> parts(9);
  parallel_for(9, much, [&](std::int64_t chunk) {
    const NoGrad guard;
    parts[chunk] = nested_sum(depth - 1);
  });
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parallel)

// It has no thread but the caller's, whatever the others held when it was made.
BOOST_AUTO_TEST_CASE(a_forked_child_computes_alone) {
  const Threads setting(8);
  tbb::task_arena arena(3);
  for (int round = 0; round < 1000; ++round) {
    std::optional<UseArena> use;
    if (round % 4 == 0) use.emplace(arena);
    std::atomic<int> ran{0};
    parallel_for(2 + round % 7, much, [&](std::int64_t) { ++ran; });  // some helpers come too late
    const pid_t child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      alarm(20);
      ran = 0;
      for (int i = 0; i < 3; ++i) parallel_for(16, much, [&](std::int64_t) { ++ran; });
      bool refused = false;
      try {
        threads(2);
      } catch (const Error& error) {
        refused = error.kind() == ErrorKind::state;
      }
      _exit(ran == 48 && threads() == 1 && refused ? 0 : 1);
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_REQUIRE(WEXITSTATUS(status) == 0);
  }
}

// More callers than the arena has places: one that waits may be given chunks of another's loop.
BOOST_AUTO_TEST_CASE(a_waiting_caller_keeps_what_it_holds_in_scratch) {
  const Threads setting(2);
  constexpr std::size_t count = 4096;
  std::atomic<int> lost{0};
  const auto call = [&](int number, int held, int taken) {
    const auto whole = [&](const int* x, int value) {
      return std::all_of(x, x + count, [&](int v) { return v == value; });
    };
    const auto fill = [&](int slot, int value) {
      int* const x = static_cast<int*>(internal::scratch(count * sizeof(int), slot));
      std::fill_n(x, count, value);
      return x;
    };
    const int* const mine = fill(held, number);
    parallel_for(8, much, [&](std::int64_t chunk) {
      const int value = 100 * number + static_cast<int>(chunk);
      const int* const own = fill(taken, value);
      if (!whole(mine, number) || !whole(own, value)) ++lost;
    });
    if (!whole(mine, number)) ++lost;
  };
  std::vector<std::jthread> callers;
  for (int caller = 1; caller <= 8; ++caller)
    callers.emplace_back([&call, caller] {
      for (int i = 0; i < 300; ++i) call(caller, caller % 2, 1 - caller % 2);
    });
  callers.clear();
  BOOST_TEST(lost == 0);
}

BOOST_AUTO_TEST_CASE(workers_have_the_callers_mode_and_lose_it_again) {
  const Threads setting(8);
  std::atomic<int> wrong{0};
  for (int repeat = 0; repeat < 20; ++repeat) {
    {
      const Evaluation guard;
      std::barrier all(8);
      parallel_for(8, much, [&](std::int64_t) {
        all.arrive_and_wait();
        if (Mode::current().recording || Mode::current().training) ++wrong;
        Mode::current().check_finite = true;  // left behind on purpose: restored all the same
      });
      BOOST_TEST(!Mode::current().check_finite);
    }
    std::barrier all(8);
    parallel_for(8, much, [&](std::int64_t) {
      all.arrive_and_wait();
      const Mode& mode = Mode::current();
      if (!mode.recording || !mode.training || mode.check_finite) ++wrong;
    });
  }
  BOOST_TEST(wrong.load() == 0);
}

BOOST_AUTO_TEST_CASE(nested_loops_and_guards_at_eight_threads) {
  const Threads setting(8);
  const bool before = Mode::current().recording;
  for (int repeat = 0; repeat < 5; ++repeat) BOOST_REQUIRE_EQUAL(nested_sum(3), 729);
  BOOST_TEST(Mode::current().recording == before);

  // A thread that waits for its inner loop must not run an outer chunk inside its guard.
  std::atomic<int> wrong{0};
  parallel_for(64, much, [&](std::int64_t chunk) {
    if (!Mode::current().recording) ++wrong;
    if (chunk % 2 == 0) return;
    const NoGrad guard;
    parallel_for(16, much, [&](std::int64_t) {
      if (Mode::current().recording) ++wrong;
      std::this_thread::yield();
    });
    if (Mode::current().recording) ++wrong;
  });
  BOOST_TEST(wrong.load() == 0);
}

BOOST_AUTO_TEST_CASE(callers_on_several_threads) {
  const Threads setting(8);
  std::atomic<std::int64_t> sum{0};
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 12; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        parallel_for(10, much, [&](std::int64_t chunk) { sum += chunk; });
    });
  for (int i = 0; i < 20; ++i) threads(1 + i % 4);  // loops under way keep their arena
  callers.clear();
  BOOST_TEST(sum.load() == 12 * 50 * 45);
}

BOOST_AUTO_TEST_CASE(a_draw_in_a_chunk_needs_a_scope_of_its_own) {
  const Threads setting(2);
  const Random outer{3};
  for (const std::int64_t work : {std::int64_t{0}, much})
    for (const std::int64_t chunks : {1, 4}) {
      BOOST_CHECK_EXCEPTION(parallel_for(chunks, work, [](std::int64_t) { Random::state(); }),
                            Error, [](const Error& e) {
                              return e.kind() == ErrorKind::state &&
                                     std::string(e.what()).find("Random scope{{") !=
                                         std::string::npos;
                            });
      parallel_for(chunks, work, [](std::int64_t chunk) {
        const Random scope{chunk};
        Random::state();
      });
      BOOST_TEST(Random::state().seed == 3u);
    }
}

struct CountingArena {
  tbb::task_arena arena{3};
  std::atomic<int> entered{0};
  template <class F>
  void execute(F&& body) {
    ++entered;
    arena.execute(body);
  }
};

BOOST_AUTO_TEST_CASE(an_arena_of_the_callers) {
  const Threads setting(8);  // allows TBB three threads on a machine of two cores
  CountingArena mine;
  {
    const UseArena use(mine);
    BOOST_TEST(threads() == 3);
    [[maybe_unused]] const int probed = mine.entered.load();
    std::atomic<int> foreign{0};
    parallel_for(30, much, [&](std::int64_t) {
      if (threads() != 3) ++foreign;
      parallel_for(3, much, [&](std::int64_t) {
        if (threads() != 3) ++foreign;
      });
    });
    BOOST_TEST(foreign.load() == 0);
#ifndef ATTUNE_STD_THREADS
    BOOST_TEST(mine.entered.load() == probed + 31);
#endif
    tbb::task_arena single(1);
    {
      const UseArena inner(single);
      BOOST_TEST(threads() == 1);
    }
    BOOST_TEST(threads() == 3);
    BOOST_CHECK_THROW(parallel_for(9, much, [](std::int64_t chunk) { throw Failure(chunk); }),
                      Failure);
  }
  BOOST_TEST(threads() == 8);
}

BOOST_AUTO_TEST_SUITE_END()
