// The main of every side-by-side program:
//   PROGRAM --list                      its works, a line each; + runs with others, ? is a detail
//   PROGRAM WORKS [THREADS [SECONDS]]   runs those, "a/b,a/c" or one; a line of JSON for each
// Not the comparison: attune_bench starts two of these in turn.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
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

// "VmRSS" or "VmHWM", the resident memory now and its peak, in bytes; 0 where the system has none.
double resident(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(which + ":")) return 1024 * std::atof(line.c_str() + which.size() + 1);
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// Calls until some in a row touch no new memory, or enough; a fault is a page of 4 KB or of 2 MB.
// Where memory stays with the process, libtorch's softmax of 4096 x 1024 takes 12 ms in its first
// ten calls, on memory that is new in each, and 3.5 from then on; by the default of glibc it takes
// 12 ms for ever.
void warm_up(const Step& step) {
  constexpr int most_calls = 20, quiet_calls = 4, few_faults = 4;
  for (int i = 0, quiet = 0; i < most_calls && quiet < quiet_calls; ++i) {
    const long before = page_faults();
    step.once();
    quiet = page_faults() - before < few_faults ? quiet + 1 : 0;
  }
}

void print(const Bars& bars) {
  std::printf("{\"ratio\":%g,\"ratio_threads\":%g,\"of_limit\":%g,\"of_limit_threads\":%g,",
              bars.ratio, bars.ratio_threads, bars.of_limit, bars.of_limit_threads);
  std::printf("\"seconds\":%g,\"scaling\":%g,\"memory\":%g,\"mean\":%g,\"low\":%g}", bars.seconds,
              bars.scaling, bars.memory, bars.mean, bars.low);
}

// Samples of as many calls as take a millisecond, for as long as asked.
void measure(const Work& work, int threads, double seconds) {
  constexpr double sample = 1e-3;
  constexpr std::size_t fewest = 3;
  forget_peak();
  const double before = resident("VmRSS");
  const Step step = work.prepare();
  for (int i = 0; i < work.calls; ++i) step.once();
  const double peak = resident("VmHWM") - before;
  const std::vector<double> result = step.result();
  warm_up(step);

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
      "\"processor_seconds\":%.9g,\"samples\":%zu,\"peak_bytes\":%.9g,",
      library().c_str(), work.name.c_str(), threads, median(wall), median(processor), wall.size(),
      work.together ? 0 : peak);
  std::printf(
      "\"flops\":%.9g,\"doubles\":%s,\"bytes_read\":%.9g,\"bytes_written\":%.9g,\"amount\":%.9g,",
      work.flops, work.doubles ? "true" : "false", work.bytes_read, work.bytes_written,
      work.amount);
  std::printf("\"bound\":%g,\"bars\":", work.bound);
  print(work.bars);
  std::printf(",\"result\":[");
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (i > 0) std::printf(",");
    if (std::isfinite(result[i]))
      std::printf("%.17g", result[i]);
    else
      std::printf("null");  // JSON knows no other word for it
  }
  std::printf("]}\n");
}

int run(std::span<char*> arguments) {
  if (arguments.size() < 2) throw std::invalid_argument("WORKS [THREADS [SECONDS]], or --list");
  const std::string wanted = arguments[1];
  if (wanted == "--list") {
    for (const Work& work : works())
      std::printf("%s %s%s\n", work.name.c_str(), work.together ? "+" : "", work.detail ? "?" : "");
    return EXIT_SUCCESS;
  }
  const int threads = arguments.size() > 2 ? std::atoi(arguments[2]) : 1;
  const double seconds = arguments.size() > 3 ? std::atof(arguments[3]) : 1;
  if (threads < 1) throw std::invalid_argument("THREADS must be 1 or more");
  use_threads(threads);
  std::istringstream names(wanted);
  for (std::string name; std::getline(names, name, ',');) {
    const auto work = std::ranges::find(works(), name, &Work::name);
    if (work == works().end()) throw std::invalid_argument("no work is called " + name);
    measure(*work, threads, seconds);
  }
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
