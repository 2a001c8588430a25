// Schedules against their formulas.
#include "attune/schedule.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/optim/problems.hpp"

using attune::ErrorKind;
using attune::optim::Schedule;

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(factors) {
  const auto near = [](double a, double b) { return std::abs(a - b) < 1e-12; };
  BOOST_TEST(near(Schedule::constant(0.3)(1000), 0.3));
  BOOST_TEST(near(Schedule::step(10, 0.5)(9), 1));
  BOOST_TEST(near(Schedule::step(10, 0.5)(25), 0.25));
  BOOST_TEST(near(Schedule::exponential(0.9)(3), 0.729));
  const Schedule cosine = Schedule::cosine(100, 0.1);
  BOOST_TEST(near(cosine(0), 1));
  BOOST_TEST(near(cosine(50), 0.55));
  BOOST_TEST(near(cosine(100), 0.1));
  BOOST_TEST(near(cosine(5000), 0.1));
  const Schedule warm = Schedule::linear_warmup(4);
  BOOST_TEST(near(warm(0), 0.25));
  BOOST_TEST(near(warm(3), 1));
  BOOST_TEST(near(warm(9), 1));
  // The course: alpha / (1 + decay * floor(epoch / interval)).
  const Schedule inverse = Schedule::inverse_time(1, 1000);
  BOOST_TEST(near(inverse(999), 1));
  BOOST_TEST(near(inverse(1000), 0.5));
  BOOST_TEST(near(inverse(3500), 0.25));
  const Schedule both = Schedule::chained({warm, Schedule::exponential(0.5)});
  BOOST_TEST(near(both(1), 0.5 * 0.5));
}

// PyTorch's OneCycleLR: one cosine from step 0 to step rise * total - 1, one from there to step
// total - 1.
BOOST_AUTO_TEST_CASE(one_cycle_reaches_its_end_at_its_last_step) {
  const double pi = std::acos(-1.0), start = 0.04, end = 4e-6;
  const auto cosine = [&](double a, double b, double share) {
    return b + (a - b) / 2 * (1 + std::cos(pi * share));
  };
  for (const auto& [total, rise] :
       {std::pair<std::uint64_t, double>{100, 0.3}, {64, 0.25}, {7, 0.5}}) {
    const Schedule cycle = Schedule::one_cycle(total, {.rise = rise});
    const double peak = rise * static_cast<double>(total) - 1,
                 last = static_cast<double>(total - 1);
    for (std::uint64_t t = 0; t < total; ++t) {
      const auto x = static_cast<double>(t);
      const double expected =
          x <= peak ? cosine(start, 1, x / peak) : cosine(1, end, (x - peak) / (last - peak));
      BOOST_TEST(std::abs(cycle(t) - expected) < 1e-12, total << " at " << t << ": " << cycle(t));
    }
    BOOST_TEST(std::abs(cycle(total - 1) - end) < 1e-12);
    BOOST_TEST(std::abs(cycle(total + 9) - end) < 1e-12);
  }
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=10)
  const double torch[] = {0.04, 0.52, 1.0, 0.95048, 0.81174, 0.61126, 0.38874, 0.18826, 0.04952};
  const Schedule ten = Schedule::one_cycle(10);
  for (std::uint64_t t = 0; t < 9; ++t) BOOST_TEST(std::abs(ten(t) - torch[t]) < 1e-5);
  for (std::uint64_t total : {1, 2, 3}) {  // no step is left for the rise
    const Schedule brief = Schedule::one_cycle(total);
    BOOST_TEST(brief(0) == 1);
    BOOST_TEST(std::abs(brief(total) - end) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(no_factor_exceeds_the_peak) {
  for (const Schedule& schedule :
       {Schedule::constant(2), Schedule::step(3, 0.5), Schedule::exponential(0.9),
        Schedule::cosine(50), Schedule::linear_warmup(7), Schedule::inverse_time(0.1),
        Schedule::one_cycle(64)}) {
    for (std::uint64_t t = 0; t < 200; ++t) BOOST_TEST(schedule(t) <= schedule.peak());
  }
}

BOOST_AUTO_TEST_CASE(arguments_are_checked) {
  attune::tests::message_of(ErrorKind::value, [] { Schedule::step(0); });
  attune::tests::message_of(ErrorKind::value, [] { Schedule::cosine(0); });
  attune::tests::message_of(ErrorKind::value, [] { Schedule("mine", 1, nullptr); });
  attune::tests::message_of(ErrorKind::value, [] { Schedule::exponential(1.5); });
  attune::tests::message_of(ErrorKind::value, [] { Schedule::one_cycle(10, {.rise = 1.5}); });
}

BOOST_AUTO_TEST_SUITE_END()
