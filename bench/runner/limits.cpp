// Measures the limits on threads of its own, each held to a core.
#include "bench/runner/limits.hpp"

#include <algorithm>
#include <barrier>
#include <cmath>
#include <memory>
#include <sched.h>
#include <thread>
#include <time.h>

#include "bench/runner/cores.hpp"
#include "core/kernels.hpp"
#include "limit_units.hpp"

namespace bench {
namespace {

const LimitLoops& loops() {
  static const LimitLoops widest = [] {
    LimitLoops found{};
    const auto* units = attune::internal::units_of(attune::internal::limit_units,
                                                   attune::internal::available_isas().back());
    for (auto* fill : *units) fill(found);
    return found;
  }();
  return widest;
}

// Of the calling thread: what others do to it on a machine in use does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The least time of `repeats` calls of call(thread) by all threads at once, that of the slowest.
template <class Call>
double fastest(int threads, int repeats, const Call& call) {
  double best = 1e30;
  std::vector<double> taken(static_cast<std::size_t>(threads));
  const auto compare = [&]() noexcept { best = std::min(best, std::ranges::max(taken)); };
  std::barrier ready(threads);
  std::barrier done(threads, compare);
  const std::vector<int> cores = last_cores(threads);
  std::vector<std::jthread> workers;
  for (int thread = 0; thread < threads; ++thread) {
    workers.emplace_back([&, at = static_cast<std::size_t>(thread)] {
      hold_to({cores[at % cores.size()]});
      for (int i = 0; i < repeats; ++i) {
        ready.arrive_and_wait();
        const double start = processor_seconds();
        call(at);
        taken[at] = processor_seconds() - start;
        done.arrive_and_wait();
      }
    });
  }
  workers.clear();
  return best;
}

double peak(int threads, int repeats, double (*flops)(long)) {
  constexpr long rounds = 200'000;
  const double each = flops(1) * static_cast<double>(rounds);
  return each * threads / fastest(threads, repeats, [&](std::size_t) { flops(rounds); });
}

Bandwidth bandwidth(int threads, double bytes, double seconds) {
  // Two arrays of 4-byte elements, 12 bytes moved for each pair of them.
  const auto count =
      std::max<std::size_t>(1, static_cast<std::size_t>(bytes / 12 / threads) / 128) * 128;
  struct Arrays {
    std::unique_ptr<float[]> a, b;
  };
  std::vector<Arrays> arrays(static_cast<std::size_t>(threads));
  for (Arrays& of : arrays)
    of = {std::make_unique<float[]>(count), std::make_unique<float[]>(count)};
  const double moved = 12.0 * static_cast<double>(count) * threads;
  // Small sets many times a round, so that meeting at the barrier does not count.
  const int passes = std::max(1, static_cast<int>(4e6 / moved));
  const double round_guess = moved * passes / 2e10;
  const int repeats = std::max(5, static_cast<int>(seconds / round_guess));
  const double update = fastest(threads, repeats, [&](std::size_t thread) {
    const Arrays& of = arrays[thread];
    for (int i = 0; i < passes; ++i) loops().update(of.a.get(), of.b.get(), count);
  });
  const double read = fastest(threads, repeats, [&](std::size_t thread) {
    const Arrays& of = arrays[thread];
    float sum = 0;
    for (int i = 0; i < passes; ++i)
      sum += loops().read(of.a.get(), count) + loops().read(of.b.get(), count);
    volatile float kept = sum;
    static_cast<void>(kept);
  });
  return {moved, moved * passes / update, moved / 1.5 * passes / read};
}

// Between the measured points in proportion to the logarithm of the size; the ends hold beyond.
double at(const Limits& limits, double bytes, double Bandwidth::*kind) {
  const auto& points = limits.bandwidth;
  const auto above = std::ranges::lower_bound(points, bytes, {}, &Bandwidth::bytes);
  if (above == points.begin()) return points.front().*kind;
  if (above == points.end()) return points.back().*kind;
  const Bandwidth &low = above[-1], &high = *above;
  const double part = std::log(bytes / low.bytes) / std::log(high.bytes / low.bytes);
  return low.*kind + part * (high.*kind - low.*kind);
}

double Bandwidth::*kind_of(const Amounts& amounts) {
  return amounts.bytes_written > 0 ? &Bandwidth::update : &Bandwidth::read;
}

}  // namespace

Limits measure_limits(int threads, bool quick) {
  Limits limits{.threads = threads};
  limits.flops_f32 = peak(threads, quick ? 3 : 100, loops().flops_f32);
  limits.flops_f64 = peak(threads, quick ? 3 : 100, loops().flops_f64);
  const double largest = quick ? 1e6 : 1e9;
  for (double bytes = 3e4; bytes <= largest; bytes *= std::pow(10, 0.25))
    limits.bandwidth.push_back(bandwidth(threads, bytes, quick ? 1e-3 : 0.05));
  return limits;
}

double limit_seconds(const Limits& limits, const Amounts& amounts, double rate) {
  const double bytes = amounts.bytes_read + amounts.bytes_written;
  const double peak = amounts.doubles ? limits.flops_f64 : limits.flops_f32;
  if (rate == 0) rate = at(limits, bytes, kind_of(amounts));
  return amounts.flops / peak + bytes / rate;
}

double measure_rate(int threads, const Amounts& amounts, bool quick) {
  const double bytes = amounts.bytes_read + amounts.bytes_written;
  if (bytes == 0) return 0;
  return bandwidth(threads, bytes, quick ? 1e-3 : 0.02).*kind_of(amounts);
}

}  // namespace bench
