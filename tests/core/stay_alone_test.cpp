// StayAlone: the loops of a chunk stay on its thread where the chunks are work enough for all,
// until it is left, by an error too.
#include <attune/threads.hpp>
#include <barrier>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/parallel.hpp"

using namespace attune;
using internal::parallel_for;
using internal::StayAlone;

namespace {

constexpr std::int64_t much = std::int64_t{1} << 40;

struct EightThreads {
  EightThreads() { threads(8); }
  ~EightThreads() { threads(before); }
  const int before = threads();
};

void check_alone() {
  const auto self = std::this_thread::get_id();
  std::vector<std::int64_t> order;
  parallel_for(5, much, [&](std::int64_t chunk) {
    BOOST_TEST_REQUIRE((std::this_thread::get_id() == self));
    order.push_back(chunk);
  });
  BOOST_TEST(order == (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

// Eight threads have to meet in it.
void check_together() {
  std::barrier all(8);
  parallel_for(8, much, [&](std::int64_t) { all.arrive_and_wait(); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stay_alone)

BOOST_FIXTURE_TEST_CASE(keeps_loops_on_their_thread, EightThreads) {
  {
    const StayAlone alone(8);
    check_alone();
    {
      const StayAlone inner(2);
      check_alone();
    }
    check_alone();
  }
  check_together();
}

BOOST_FIXTURE_TEST_CASE(ends_with_an_error, EightThreads) {
  const auto fails = [] {
    const StayAlone alone(100);
    throw std::runtime_error("a chunk");
  };
  BOOST_CHECK_THROW(fails(), std::runtime_error);
  check_together();
}

BOOST_FIXTURE_TEST_CASE(few_chunks_leave_threads_for_their_loops, EightThreads) {
  const StayAlone alone(7);
  check_together();
}

BOOST_AUTO_TEST_SUITE_END()
