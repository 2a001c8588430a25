// Mode: its defaults, what each guard changes and restores, and its independence between threads.
#include "core/mode.hpp"

#include <attune/random.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <thread>
#include <type_traits>

using namespace attune;

namespace {

bool same(const Mode& a, const Mode& b) {
  return a.recording == b.recording && a.training == b.training &&
         a.check_finite == b.check_finite && a.frozen_statistics == b.frozen_statistics &&
         a.random == b.random;
}

// The guard gives `inside` and takes it back, also when an exception passes.
template <class Guard>
void check_guard(const Mode& inside) {
  static_assert(!std::is_copy_constructible_v<Guard> && !std::is_copy_assignable_v<Guard>);
  const Mode outside = Mode::current();
  {
    const Guard guard;
    BOOST_TEST(same(Mode::current(), inside));
  }
  BOOST_TEST(same(Mode::current(), outside));
  try {
    const Guard guard;
    throw std::runtime_error("passes");
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(same(Mode::current(), outside));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mode)

BOOST_AUTO_TEST_CASE(defaults) {
  Mode seen{.recording = false};
  std::thread([&] { seen = Mode::current(); }).join();
  BOOST_TEST(same(seen, Mode{}));
  BOOST_TEST((seen.recording && seen.training && !seen.check_finite && !seen.frozen_statistics));
  BOOST_TEST(seen.random == nullptr);
  BOOST_TEST(&Mode::current() == &internal::current_mode);
}

BOOST_AUTO_TEST_CASE(guards) {
  check_guard<NoGrad>({.recording = false});
  check_guard<Evaluation>({.recording = false, .training = false});
  check_guard<FrozenStatistics>({.frozen_statistics = true});
  check_guard<DetectAnomaly>({.check_finite = true});
  const Evaluation outer;
  check_guard<EnableGrad>({.training = false});
  check_guard<Training>({.recording = false});
  check_guard<Evaluation>({.recording = false, .training = false});
}

BOOST_AUTO_TEST_CASE(threads_do_not_share_a_mode) {
  const Evaluation guard;
  Mode fresh{.recording = false}, adopted, after{.recording = false};
  std::thread([&, mode = Mode::current()] {
    fresh = Mode::current();
    {
      const UseMode use(mode);
      adopted = Mode::current();
    }
    after = Mode::current();
  }).join();
  BOOST_TEST((fresh.recording && fresh.training));
  BOOST_TEST((!adopted.recording && !adopted.training));
  BOOST_TEST((after.recording && after.training));
}

BOOST_AUTO_TEST_CASE(the_random_stream_is_not_adopted) {
  const Random scope{1};
  RandomState *without = &internal::no_stream, *with = nullptr;
  bool kept = false;
  std::thread([&, mode = Mode::current()] {
    {
      const UseMode use(mode);
      without = Mode::current().random;
    }
    const Random own{2};
    with = Mode::current().random;
    const UseMode use(mode);
    kept = Mode::current().random == with;
  }).join();
  BOOST_TEST(without == nullptr);
  BOOST_TEST(with != nullptr);
  BOOST_TEST(kept);
}

BOOST_AUTO_TEST_SUITE_END()
