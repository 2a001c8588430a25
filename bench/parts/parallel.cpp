// What parallel_for costs: the figures behind serial_work in core/parallel.hpp, and the generators.
#include "core/parallel.hpp"

#include <algorithm>
#include <attune/threads.hpp>
#include <benchmark/benchmark.h>
#include <chrono>
#include <iterator>
#include <vector>

#include "core/random.hpp"

namespace {

using namespace attune;

constexpr std::int64_t much = std::int64_t{1} << 40;

void set_threads(benchmark::State& state) { threads(static_cast<int>(state.range(0))); }

void parallel_serial_call(benchmark::State& state) {
  int runs = 0;
  for (auto _ : state) {
    internal::parallel_for(1, 1, [&](std::int64_t) { ++runs; });
    benchmark::DoNotOptimize(runs);
  }
}
BENCHMARK(parallel_serial_call);

void parallel_empty(benchmark::State& state) {
  set_threads(state);
  for (auto _ : state) internal::parallel_for(16, much, [](std::int64_t) {});
}
BENCHMARK(parallel_empty)->ArgName("threads")->Arg(1)->Arg(2)->Arg(8)->UseRealTime();

// Threads, elements, and microseconds of other work before each loop: long enough, and the workers
// have gone to sleep.
void parallel_multiply_add(benchmark::State& state) {
  set_threads(state);
  const std::int64_t n = state.range(1), size = 4096;
  const std::chrono::microseconds pause(state.range(2));
  std::vector<float> a(n), b(n, 1), c(n, 2);
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < pause) continue;
    const auto start = std::chrono::steady_clock::now();
    internal::parallel_for((n + size - 1) / size, much, [&](std::int64_t chunk) {
      const std::int64_t end = std::min(n, (chunk + 1) * size);
      for (std::int64_t i = chunk * size; i < end; ++i) a[i] = b[i] + 3 * c[i];
    });
    benchmark::ClobberMemory();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(taken.count());
  }
}
BENCHMARK(parallel_multiply_add)
    ->ArgNames({"threads", "n", "pause"})
    ->ArgsProduct({{1, 2}, {1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18}, {0, 300}})
    ->UseManualTime();

void random_uniform(benchmark::State& state) {
  set_threads(state);
  std::vector<float> out(1 << 20);
  for (auto _ : state) internal::fill_uniform(0, 1, out.data(), std::ssize(out), {});
  state.SetItemsProcessed(state.iterations() * std::ssize(out));
}
BENCHMARK(random_uniform)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

void random_normal(benchmark::State& state) {
  set_threads(state);
  std::vector<float> out(1 << 20);
  for (auto _ : state) internal::fill_normal(0, 1, out.data(), std::ssize(out), {});
  state.SetItemsProcessed(state.iterations() * std::ssize(out));
}
BENCHMARK(random_normal)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
