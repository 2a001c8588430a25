// Measures the limits on threads of its own, each held to a core.
#include "bench/runner/limits.hpp"

#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <sched.h>
#include <sys/mman.h>
#include <thread>
#include <time.h>
#include <utility>

#include "bench/runner/cores.hpp"
#include "core/kernels.hpp"
#include "limit_units.hpp"

namespace bench {
namespace {

// Of every instruction set that the processor has, the narrowest first.
const std::vector<LimitLoops>& loops() {
  static const std::vector<LimitLoops> sets = [] {
    std::vector<LimitLoops> found;
    for (const std::string& isa : attune::internal::available_isas()) {
      const auto* units = attune::internal::units_of(attune::internal::limit_units, isa);
      LimitLoops& set = found.emplace_back();
      for (auto* fill : *units) fill(set);
    }
    return found;
  }();
  return sets;
}

// Of the calling thread: what others do to it on a machine in use does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Of arrays: more moves at the same rate.
constexpr double most_bytes = 1e9, quick_bytes = 1e6;

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

// By the set that is fastest, as for bytes: wider is not always faster.
double peak(int threads, int repeats, double (*LimitLoops::*flops)(long)) {
  constexpr long rounds = 200'000;
  double most = 0;
  for (const LimitLoops& set : loops()) {
    const double each = (set.*flops)(1) * static_cast<double>(rounds);
    const auto run = [&](std::size_t) { (set.*flops)(rounds); };
    most = std::max(most, each * threads / fastest(threads, repeats, run));
  }
  return most;
}

// On huge pages from two of them on, as attune's tensors lie (core/storage.cpp): pages of 4 KiB
// give a third less.
struct Freed {
  void operator()(float* array) const { std::free(array); }
};
using Array = std::unique_ptr<float[], Freed>;
Array array_of(std::size_t count) {
  constexpr std::size_t huge = 2 << 20;
  const std::size_t wanted = count * sizeof(float), page = wanted >= 2 * huge ? huge : 4096;
  const std::size_t bytes = (wanted + page - 1) / page * page;
  Array array(static_cast<float*>(std::aligned_alloc(page, bytes)));
  if (!array) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  if (page == huge) madvise(array.get(), bytes, MADV_HUGEPAGE);
#endif
  std::fill_n(array.get(), count, 0.F);
  return array;
}

// Two arrays of 4-byte elements for each thread, 12 bytes moved for each pair of elements, or 8.
struct Arrays {
  std::size_t count;
  std::vector<std::pair<Array, Array>> of = {};

  Arrays(int threads, double bytes)
      : count(std::max<std::size_t>(1, static_cast<std::size_t>(bytes / 12 / threads) / 128) *
              128) {
    for (int i = 0; i < threads; ++i) of.emplace_back(array_of(count), array_of(count));
  }
  double moved() const { return 12.0 * static_cast<double>(count * of.size()); }
};

// Bytes a second of the loop of that kind, by the set that moves most.
double rate(const Arrays& arrays, double seconds, double Bandwidth::*kind) {
  const bool update = kind == &Bandwidth::update;
  const double moved = update ? arrays.moved() : arrays.moved() / 1.5;
  // Small sets many times a round, so that meeting at the barrier does not count.
  const int passes = std::max(1, static_cast<int>(4e6 / moved));
  const double round_guess = moved * passes / 2e10;
  const int repeats =
      std::max(5, static_cast<int>(seconds / round_guess / static_cast<double>(loops().size())));
  const auto threads = static_cast<int>(arrays.of.size());
  double taken = std::numeric_limits<double>::infinity();
  for (const LimitLoops& set : loops()) {
    taken = std::min(taken, fastest(threads, repeats, [&](std::size_t thread) {
                       const auto& [a, b] = arrays.of[thread];
                       for (int i = 0; i < passes; ++i) {
                         if (update) {
                           set.update(a.get(), b.get(), arrays.count);
                         } else {
                           volatile float kept =
                               set.read(a.get(), arrays.count) + set.read(b.get(), arrays.count);
                           static_cast<void>(kept);
                         }
                       }
                     }));
  }
  return moved * passes / taken;
}

Bandwidth bandwidth(int threads, double bytes, double seconds) {
  const Arrays arrays(threads, bytes);
  return {arrays.moved(), rate(arrays, seconds, &Bandwidth::update),
          rate(arrays, seconds, &Bandwidth::read)};
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
  limits.flops_f32 = peak(threads, quick ? 3 : 100, &LimitLoops::flops_f32);
  limits.flops_f64 = peak(threads, quick ? 3 : 100, &LimitLoops::flops_f64);
  for (double bytes = 3e4; bytes <= (quick ? quick_bytes : most_bytes); bytes *= std::pow(10, 0.25))
    limits.bandwidth.push_back(bandwidth(threads, bytes, quick ? 1e-3 : 0.05));
  return limits;
}

double limit_seconds(const Limits& limits, const Amounts& amounts, std::optional<double> measured) {
  const double bytes = amounts.bytes_read + amounts.bytes_written;
  const double seconds = amounts.flops / (amounts.doubles ? limits.flops_f64 : limits.flops_f32);
  if (bytes == 0) return seconds;
  return seconds + bytes / (measured ? *measured : at(limits, bytes, kind_of(amounts)));
}

double measure_rate(int threads, const Amounts& amounts, bool quick) {
  const auto kind = kind_of(amounts);
  // A pair of elements is 12 bytes moved, and 8 that are only read.
  const double bytes =
      (amounts.bytes_read + amounts.bytes_written) * (kind == &Bandwidth::update ? 1 : 1.5);
  const Arrays arrays(threads, std::min(bytes, quick ? quick_bytes : most_bytes));
  return rate(arrays, quick ? 1e-3 : 0.02, kind);
}

}  // namespace bench
