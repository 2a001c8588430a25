// parallel_for and threads: every chunk once, in the order and on the threads that are promised;
// the lowest error. Not here: what a loop takes from its caller (parallel_callers_test.cpp).
#include "core/parallel.hpp"

#include <atomic>
#include <attune/error.hpp>
#include <attune/threads.hpp>
#include <barrier>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "core/loops_seen.hpp"
#include "tests/core/loops.hpp"

using namespace attune;
using namespace attune::tests;
using internal::parallel_for;

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

// The threads of the outer loop may be busy with its chunks: nobody need come.
BOOST_AUTO_TEST_CASE(a_loop_within_another_counts_for_no_width) {
  const Threads setting(8);
  const internal::CountThreads count;
  parallel_for(2, much, [](std::int64_t) { parallel_for(8, much, [](std::int64_t) {}); });
  BOOST_TEST(internal::widest_loop() == 2);
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

BOOST_AUTO_TEST_SUITE_END()
