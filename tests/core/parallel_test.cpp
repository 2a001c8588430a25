// parallel_for, threads, UseArena: every chunk once, the caller's mode, the lowest error, real
// threads.
#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <attune/error.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <barrier>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/loops_seen.hpp"
#include "core/scratch.hpp"

using namespace attune;
using internal::parallel_for;

namespace {

constexpr std::int64_t much = std::int64_t{1} << 40;

struct Threads {
  explicit Threads(int n) : before(threads()) { threads(n); }
  ~Threads() { threads(before); }
  int before;
};

struct Failure : std::runtime_error {
  explicit Failure(std::int64_t c) : std::runtime_error("chunk"), chunk(c) {}
  std::int64_t chunk;
};

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

BOOST_AUTO_TEST_CASE(every_chunk_runs_once) {
  for (const int n : {1, 2, 8}) {
    const Threads setting(n);
    for (const std::int64_t chunks : {0, 1, 2, 7, 8, 9, 1000})
      for (const std::int64_t work : {std::int64_t{0}, much}) {
        std::vector<std::atomic<int>> runs(chunks);
        parallel_for(chunks, work, [&](std::int64_t chunk) { ++runs[chunk]; });
        for (const auto& count : runs) BOOST_REQUIRE_EQUAL(count.load(), 1);
      }
  }
}

BOOST_AUTO_TEST_CASE(little_work_runs_in_order_on_the_caller) {
  const Threads setting(8);
  std::vector<std::int64_t> order;
  const auto body = [&](std::int64_t chunk) { order.push_back(chunk); };
  parallel_for(5, internal::serial_work - 1, body);
  BOOST_TEST(order == (std::vector<std::int64_t>{0, 1, 2, 3, 4}), boost::test_tools::per_element());
  order.clear();
  threads(1);
  parallel_for(5, much, body);
  BOOST_TEST(order == (std::vector<std::int64_t>{0, 1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(eight_threads_run_when_asked_for_eight) {
  const Threads setting(8);
  BOOST_TEST(threads() == 8);
  internal::CountThreads count;
  std::barrier all(8);  // passed only while eight chunks stand here at once
  parallel_for(8, much, [&](std::int64_t) { all.arrive_and_wait(); });
  BOOST_TEST(count.distinct() == 8);
  BOOST_TEST(internal::widest_loop() == 8);
  count.reset();
  BOOST_TEST(internal::widest_loop() == 0);
  BOOST_TEST(count.distinct() == 0);
  threads(2);
  // Two at once, though not always the same two: one that waited in vain for a loop has left, and
  // who comes next may be another.
  std::atomic<int> running = 0, most = 0;
  for (int i = 0; i < 20; ++i) {
    parallel_for(16, much, [&](std::int64_t) {
      const int now = ++running;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
      }
      std::this_thread::sleep_for(std::chrono::microseconds(100));  // others come, if they may
      --running;
    });
  }
  BOOST_TEST(count.distinct() >= 1);
  BOOST_TEST(most >= 1);
#ifndef ATTUNE_STD_THREADS  // there one that leaves and the one that was hired for it may meet
  BOOST_TEST(most <= 2);
#endif
  BOOST_CHECK_THROW(internal::CountThreads(), Error);
}

// What a thread wrote in one loop it meets again in the next.
BOOST_AUTO_TEST_CASE(a_thread_keeps_to_its_part_of_the_chunks) {
  const Threads setting(2);
  for (int i = 0; i < 50; ++i) {
    std::barrier both(2);
    std::vector<std::thread::id> ran(16);
    parallel_for(16, much, [&](std::int64_t chunk) {
      both.arrive_and_wait();  // so neither takes a chunk of the other's
      ran[chunk] = std::this_thread::get_id();
    });
    for (int chunk = 0; chunk < 16; ++chunk)
      BOOST_REQUIRE((ran[chunk] == std::this_thread::get_id()) == (chunk < 8));
  }
}

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

BOOST_AUTO_TEST_CASE(a_number_of_threads_below_one_is_refused) {
  const int before = threads();
  BOOST_CHECK_EXCEPTION(threads(0), Error, [](const Error& e) {
    return e.kind() == ErrorKind::value && std::string(e.what()).find("0") != std::string::npos;
  });
  BOOST_TEST(threads() == before);
}

BOOST_AUTO_TEST_CASE(the_lowest_error_wins_and_started_chunks_finish) {
  for (const int n : {1, 2, 8}) {
    const Threads setting(n);
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::atomic<int> started{0}, finished{0};
      std::int64_t caught = -1;
      try {
        parallel_for(40, much, [&](std::int64_t chunk) {
          ++started;
          if (chunk == 5) std::this_thread::sleep_for(std::chrono::microseconds(200));
          if (chunk >= 5 && chunk % 2 == 1) {
            ++finished;
            throw Failure(chunk);
          }
          ++finished;
        });
      } catch (const Failure& failure) {
        caught = failure.chunk;
      }
      BOOST_REQUIRE_EQUAL(caught, 5);
      BOOST_REQUIRE_EQUAL(started.load(), finished.load());
    }
    int later = 0;  // the next loop is not marked by the failed one
    parallel_for(3, 0, [&](std::int64_t) { ++later; });
    BOOST_TEST(later == 3);
  }
}

BOOST_AUTO_TEST_CASE(the_lowest_error_wins_in_every_order_of_throwing) {
  const Threads setting(8);
  for (const bool ascending : {true, false}) {
    std::barrier all(8);
    std::int64_t caught = -1;
    try {
      parallel_for(8, much, [&](std::int64_t chunk) {
        all.arrive_and_wait();
        std::this_thread::sleep_for(std::chrono::milliseconds(ascending ? chunk : 7 - chunk));
        throw Failure(chunk);
      });
    } catch (const Failure& failure) {
      caught = failure.chunk;
    }
    BOOST_TEST(caught == 0);
  }
}

BOOST_AUTO_TEST_CASE(after_an_error_no_later_chunk_starts) {
  const Threads setting(2);
  std::atomic<int> started{0};
  const auto body = [&](std::int64_t chunk) {
    ++started;
    if (chunk == 0) throw Failure(chunk);
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  };
  BOOST_CHECK_THROW(parallel_for(10000, much, body), Failure);
  BOOST_TEST(started.load() < 10000);
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
