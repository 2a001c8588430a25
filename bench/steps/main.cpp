// The main of every side-by-side program:
//   PROGRAM --list                         the names of its works
//   PROGRAM WORK [THREADS [SECONDS]]       runs one; prints one line of JSON
// Not the comparison: bench/side_by_side.py starts two of these in turn.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <time.h>

#include "bench/steps/step.hpp"

namespace bench {

std::vector<Work>& works() {
  static std::vector<Work> all;
  return all;
}

namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Samples of as many calls as take a millisecond, for as long as asked.
void measure(const Work& work, int threads, double seconds) {
  constexpr double sample = 1e-3;
  constexpr std::size_t fewest = 3;
  const Step step = work.prepare();
  for (int i = 0; i < work.calls; ++i) step.once();
  const std::vector<double> result = step.result();

  const auto time_calls = [&](long calls, clockid_t clock) {
    const double start = clock_seconds(clock);
    for (long i = 0; i < calls; ++i) step.once();
    return clock_seconds(clock) - start;
  };
  long calls = 1;
  while (time_calls(calls, CLOCK_MONOTONIC) < sample) calls *= 2;

  std::vector<double> wall, processor;
  const double end = clock_seconds(CLOCK_MONOTONIC) + seconds;
  while (wall.size() < fewest || clock_seconds(CLOCK_MONOTONIC) < end) {
    const double busy = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    wall.push_back(time_calls(calls, CLOCK_MONOTONIC) / static_cast<double>(calls));
    processor.push_back((clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - busy) /
                        static_cast<double>(calls));
  }
  std::printf(
      "{\"library\":\"%s\",\"work\":\"%s\",\"threads\":%d,\"seconds\":%.9g,"
      "\"processor_seconds\":%.9g,\"samples\":%zu,\"flops\":%.9g,\"bound\":%g,\"result\":[",
      library().c_str(), work.name.c_str(), threads, median(wall), median(processor), wall.size(),
      work.flops, work.bound);
  for (std::size_t i = 0; i < result.size(); ++i) std::printf(i ? ",%.17g" : "%.17g", result[i]);
  std::printf("]}\n");
}

int run(std::span<char*> arguments) {
  if (arguments.size() < 2) throw std::invalid_argument("WORK [THREADS [SECONDS]], or --list");
  const std::string wanted = arguments[1];
  if (wanted == "--list") {
    for (const Work& work : works()) std::puts(work.name.c_str());
    return EXIT_SUCCESS;
  }
  const int threads = arguments.size() > 2 ? std::atoi(arguments[2]) : 1;
  const double seconds = arguments.size() > 3 ? std::atof(arguments[3]) : 1;
  if (threads < 1) throw std::invalid_argument("THREADS must be 1 or more");
  const auto work = std::ranges::find(works(), wanted, &Work::name);
  if (work == works().end()) throw std::invalid_argument("no work is called " + wanted);
  use_threads(threads);
  measure(*work, threads, seconds);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) try {
  return bench::run({arguments, static_cast<std::size_t>(count)});
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", arguments[0], error.what());
  return EXIT_FAILURE;
}
