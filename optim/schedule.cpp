// The usual schedules.
#include "attune/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <vector>

#include "core/fail.hpp"

namespace attune::optim {
namespace {

void check_count(const char* name, std::uint64_t count) {
  if (count == 0) internal::fail(ErrorKind::value, name, "a count of 0 steps: it must be positive");
}

void check_factor(const char* name, double factor) {
  if (!(factor >= 0) || std::isinf(factor)) {
    internal::fail(ErrorKind::value, name, "a factor of {}: it must be finite and not negative",
                   factor);
  }
}

void check_decay(const char* name, double gamma) {
  if (!(gamma >= 0 && gamma <= 1)) {
    internal::fail(ErrorKind::value, name, "gamma is {}: it must lie in [0, 1]", gamma);
  }
}

// From a to b along half a cosine, share in [0, 1].
double half_cosine(double a, double b, double share) {
  return b + (a - b) * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

}  // namespace

Schedule::Schedule(std::string text, double peak, std::function<double(std::uint64_t)> factor)
    : text_(std::move(text)), peak_(peak), factor_(std::move(factor)) {
  if (!factor_)
    internal::fail(ErrorKind::value, "Schedule", "\"{}\" has no function to call", text_);
}

Schedule Schedule::constant(double factor) {
  check_factor("Schedule::constant", factor);
  return {fmt::format("constant({})", factor), factor, [factor](std::uint64_t) { return factor; }};
}

Schedule Schedule::step(std::uint64_t every, double gamma) {
  check_count("Schedule::step", every);
  check_decay("Schedule::step", gamma);
  return {fmt::format("step({}, {})", every, gamma), 1,
          [=](std::uint64_t step) { return std::pow(gamma, static_cast<double>(step / every)); }};
}

Schedule Schedule::exponential(double gamma) {
  check_decay("Schedule::exponential", gamma);
  return {fmt::format("exponential({})", gamma), 1,
          [=](std::uint64_t step) { return std::pow(gamma, static_cast<double>(step)); }};
}

Schedule Schedule::cosine(std::uint64_t total, double floor) {
  check_count("Schedule::cosine", total);
  check_factor("Schedule::cosine", floor);
  return {fmt::format("cosine({}, {})", total, floor), std::max(1.0, floor),
          [=](std::uint64_t step) {
            const double share = static_cast<double>(step) / static_cast<double>(total);
            return half_cosine(1, floor, std::min(share, 1.0));
          }};
}

Schedule Schedule::linear_warmup(std::uint64_t steps) {
  check_count("Schedule::linear_warmup", steps);
  return {fmt::format("linear_warmup({})", steps), 1, [=](std::uint64_t step) {
            return std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(steps));
          }};
}

Schedule Schedule::inverse_time(double decay, std::uint64_t every) {
  check_count("Schedule::inverse_time", every);
  check_factor("Schedule::inverse_time", decay);
  return {fmt::format("inverse_time({}, {})", decay, every), 1,
          [=](std::uint64_t step) { return 1 / (1 + decay * static_cast<double>(step / every)); }};
}

Schedule Schedule::one_cycle(std::uint64_t total, const OneCycle& shape) {
  check_count("Schedule::one_cycle", total);
  check_factor("Schedule::one_cycle", shape.start);
  check_factor("Schedule::one_cycle", shape.end);
  if (!(shape.rise > 0 && shape.rise < 1)) {
    internal::fail(ErrorKind::value, "Schedule::one_cycle",
                   "the share of the rise is {}: it must lie "
                   "between 0 and 1",
                   shape.rise);
  }
  return {fmt::format("one_cycle({}, {}, {}, {})", total, shape.rise, shape.start, shape.end),
          std::max({1.0, shape.start, shape.end}), [=](std::uint64_t step) {
            const double at = static_cast<double>(step), last = static_cast<double>(total - 1);
            const double peak = std::max(shape.rise * static_cast<double>(total) - 1, 0.0);
            if (at < peak) return half_cosine(shape.start, 1, at / peak);
            if (at <= peak) return 1.0;
            return half_cosine(1, shape.end, at < last ? (at - peak) / (last - peak) : 1.0);
          }};
}

Schedule Schedule::chained(std::initializer_list<Schedule> schedules) {
  std::vector<Schedule> all(schedules);
  std::string text;
  double peak = 1;
  for (const Schedule& schedule : all) {
    text += (text.empty() ? "" : " * ") + schedule.text();
    peak *= schedule.peak();
  }
  return {text, peak, [all = std::move(all)](std::uint64_t step) {
            double product = 1;
            for (const Schedule& schedule : all) product *= schedule(step);
            return product;
          }};
}

}  // namespace attune::optim
